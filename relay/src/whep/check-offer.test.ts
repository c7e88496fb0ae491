import { describe, expect, it } from "vitest";
import { offerText } from "../test-rig/offer.ts";
import { findWatchOfferFault } from "./check-offer.ts";

describe("findWatchOfferFault", () => {
  it("passes a browser's offer, with either line end", () => {
    expect(findWatchOfferFault(offerText)).toBeNull();
    expect(findWatchOfferFault(offerText.replaceAll("\r\n", "\n"))).toBeNull();
  });

  it.each([
    ["nothing", "", /v=0/],
    ["JSON", "{}", /v=0/],
    ["another version", offerText.replace("v=0", "v=1"), /v=0/],
    ["a line of something else", offerText.replace("s=-", "hello"), /Line 3/],
    ["a NUL", offerText.replace("s=-", "s=\0"), /Line 3/],
    ["no video", offerText.replace("m=video", "m=audio"), /m=video/],
    ["plain RTP", offerText.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), /m=video/],
    ["no ICE", offerText.replace(/a=ice-ufrag:.*\r\n/, ""), /ice-ufrag/],
    ["no DTLS", offerText.replace(/a=fingerprint:.*\r\n/, ""), /fingerprint/],
    ["a flood of lines", offerText + "a=x\r\n".repeat(3000), /2000 lines/],
    ["a flood of sections", offerText + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(20), /16 media/],
  ])("names what is wrong with %s", (_what, text, fault) => {
    expect(findWatchOfferFault(text)).toMatch(fault);
  });
});
