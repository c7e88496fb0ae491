import { describe, expect, it } from "vitest";
import { findFragmentFault } from "./check-sdp.ts";

describe("findFragmentFault", () => {
  const fragment =
    "a=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n";
  it("passes a fragment, and names what is wrong with others", () => {
    expect(findFragmentFault(fragment)).toBeNull();
    expect(findFragmentFault("hello")).toMatch(/Line 1/);
    expect(findFragmentFault(fragment.replace("a=ice-pwd:efgh\r\n", ""))).toMatch(/ice-pwd/);
    expect(findFragmentFault(fragment.replace("a=mid:0\r\n", ""))).toMatch(/a=mid/);
    expect(findFragmentFault(fragment.replace("a=mid:0", "a=mid:video"))).toMatch(/a=mid/);
    expect(findFragmentFault("a=x\r\n".repeat(3000))).toMatch(/2000 lines/);
  });
});
