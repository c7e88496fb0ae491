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
    ["before the sections", head, "vDtp"],
    ["in a section, which comes first", `${head}${media}a=mid:0\r\n${head.replace("vDtp", "inner")}`, "inner"],
    ["without a password", "a=ice-ufrag:vDtp\r\n", null],
    ["with an empty name", head.replace("vDtp", ""), null],
    ["apart from the password", `a=ice-ufrag:vDtp\r\n${media}a=mid:0\r\na=ice-pwd:1Mg3nC0eYBYJmZPi0y+2qVbS\r\n`, null],
  ])("reads a user name %s", (_name, text, iceUfrag) => {
    expect(parseFragment(text)).toMatchObject({ ok: true, fragment: { iceUfrag } });
  });

  it.each([
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

  // Each answer was measured with MediaMTX 1.20.1.
  it.each([
    ["nothing", "", true],
    ["one letter", "x", true],
    ["empty lines", "\r\n\n", true],
    ["a candidate that is none", "a=candidate:nonsense\r\n", true],
    ["a letter after the last line", `${head}x`, true],
    ["an address after a media section", `${media}a=mid:0\r\nc=IN IP4 0.0.0.0\r\n`, true],
    ["a time", "t=0 0\r\n", true],
    ["words", "garbage\r\n", false],
    ["words without an end", "hello", false],
    ["two letters", "xy", false],
    ["a letter with an end", "x\r\n", false],
    ["an unfinished attribute", "a=candidate:nonsense", false],
    ["a space before a line", " a=b\r\n", false],
    ["words after good lines", `${head}garbage\r\n`, false],
    ["words in a media section", `${media}a=mid:0\r\ngarbage\r\n`, false],
    ["a time in a media section", `${media}a=mid:0\r\nt=0 0\r\n`, false],
    ["an address before any media section", "c=IN IP4 0.0.0.0\r\n", false],
    ["a version", "v=0\r\n", false],
    ["a media section without a port", "m=video\r\na=mid:0\r\n", false],
  ])("takes %s or answers 400", (_name, text, ok) => {
    expect(parseFragment(text)).toMatchObject(ok ? { ok } : { ok, status: 400, reason: expect.any(String) });
  });
});
