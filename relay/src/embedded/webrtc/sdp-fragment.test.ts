import { describe, expect, it } from "vitest";
import { parseFragment } from "./sdp-fragment.ts";

const head = "a=ice-ufrag:vDtp\r\na=ice-pwd:1Mg3nC0eYBYJmZPi0y+2qVbS\r\n";
const media = "m=video 9 UDP/TLS/RTP/SAVPF 0\r\n";
const candidate = "candidate:1 1 udp 2130706431 192.0.2.7 4000 typ host";

describe("parseFragment", () => {
  it("reads user name and candidates", () => {
    expect(parseFragment(`${head}${media}a=mid:0\r\na=${candidate}\r\na=end-of-candidates\r\n`)).toEqual({
      ok: true,
      fragment: { iceUfrag: "vDtp", candidates: [candidate] },
    });
  });

  it.each([
    ["text", "hello", { ok: true, fragment: { iceUfrag: null, candidates: [] } }],
    ["no mid", `${head}${media}a=${candidate}\r\n`, { ok: false, status: 500, reason: "mid attribute is missing" }],
    ["a mid that is a word", `${media}a=mid:video\r\n`, { ok: false, status: 500, reason: "invalid mid attribute" }],
    [
      "65 candidates",
      `${media}a=mid:0\r\n${`a=${candidate}\r\n`.repeat(65)}`,
      { ok: false, status: 400, reason: "more than 64 candidates" },
    ],
  ])("answers %s", (_name, text, expected) => {
    expect(parseFragment(text)).toEqual(expected);
  });
});
