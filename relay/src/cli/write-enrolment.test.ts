import { writeEnrolmentLink } from "@helmcast/config";
import { encode } from "uqr";
import { describe, expect, it } from "vitest";
import { describeEnrolment } from "./write-enrolment.ts";

const news = { device: "picarx", code: "ABCD-EFGH", expiresAt: "2026-11-21T07:10:00.000Z", relayUrl: "http://192.168.1.20:8080" };
const whiteOnBlack = "\u001b[97;40m";

/** Reads two rows of modules out of each line of half blocks; true is black, which is drawn as nothing. */
function readModules(lines: readonly string[]): boolean[][] {
  return lines.flatMap((line) => [[...line].map((block) => " ▄".includes(block)), [...line].map((block) => " ▀".includes(block))]);
}

describe("describeEnrolment", () => {
  it("draws exactly the code of the link, white on black whatever colours the terminal has", () => {
    const { lines } = describeEnrolment(news, true);
    const drawn = lines.filter((line) => line.includes(whiteOnBlack));
    expect(drawn.every((line) => line.startsWith(`  ${whiteOnBlack}`) && line.endsWith("\u001b[0m"))).toBe(true);
    const modules = readModules(drawn.map((line) => line.slice(2 + whiteOnBlack.length, -4)));
    const { data, size } = encode(writeEnrolmentLink(news.relayUrl, news.code), { border: 2 });
    expect(modules.slice(0, size)).toEqual(data);
  });

  it("has no escape sequences where the lines do not go to a terminal", () => {
    const plain = describeEnrolment(news, false).lines.join("\n");
    expect(plain).not.toContain("\u001b");
    expect(plain).toContain("npm run edge -- enrol --relay http://192.168.1.20:8080 --code ABCD-EFGH\n");
  });
});
