import { isMedia, type MediaSection, readOffer } from "../signalling/check-sdp.ts";

const directions = ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"];

/** What is wrong with an SDP offer for talking, or null: exactly one section, of sound that is only sent (RFC 9725, section 4.2). */
export function findTalkOfferFault(text: string): string | null {
  const offer = readOffer(text);
  if (!offer.ok) {
    return offer.fault;
  }
  const [sound, ...others] = offer.sections;
  if (sound === undefined || !isMedia(sound, "audio")) {
    return "Its first media section is not m=audio over SAVPF.";
  }
  if (others.length > 0) {
    return "It has more than one media section; a voice needs one, and no video.";
  }
  return readDirection(sound, offer.session) === "a=sendonly" ? null : "Its sound is not a=sendonly.";
}

/** The section's own direction, else the session's, else both ways (RFC 8866, section 6.7). */
function readDirection({ attributes }: MediaSection, session: readonly string[]): string {
  return [...attributes, ...session].find((line) => directions.includes(line)) ?? "a=sendrecv";
}
