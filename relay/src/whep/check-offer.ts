import { isMedia, readOffer } from "../signalling/check-sdp.ts";

/** What is wrong with an SDP offer for receiving video, or null. */
export function findWatchOfferFault(text: string): string | null {
  const offer = readOffer(text);
  if (!offer.ok) {
    return offer.fault;
  }
  return offer.sections.some((section) => isMedia(section, "video")) ? null : "It has no m=video section over SAVPF.";
}
