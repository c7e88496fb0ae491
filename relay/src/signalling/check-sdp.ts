/** Lines and sections a real offer stays far under; Chromium's with every codec has some 200 lines. */
const maxLines = 2000;
const maxSections = 16;

/** A media section of an offer: its own line and those under it. */
export type MediaSection = { readonly line: string; readonly attributes: readonly string[] };

/** An offer taken apart as far as it is checked, or what is wrong with it. */
export type OfferReading =
  | { readonly ok: true; readonly sections: readonly MediaSection[]; readonly session: readonly string[] }
  | { readonly ok: false; readonly fault: string };

/** Reads the frame of an SDP offer (RFC 8866, section 5; RFC 8829, section 5.2.1). Which codecs fit is the engine's to say. */
export function readOffer(text: string): OfferReading {
  const lines = text.split(/\r\n|\n/);
  if (lines.at(-1) === "") {
    lines.pop();
  }
  if (lines.length > maxLines) {
    return refuse(`It has over ${maxLines} lines.`);
  }
  if (lines[0] !== "v=0") {
    return refuse("It does not start with v=0.");
  }
  const odd = lines.findIndex((line) => !/^[a-z]=[^\0\r]+$/.test(line));
  if (odd >= 0) {
    return refuse(`Line ${odd + 1} is no SDP line.`);
  }
  const starts = lines.flatMap((line, index) => (line.startsWith("m=") ? [index] : []));
  if (starts.length > maxSections) {
    return refuse(`It has over ${maxSections} media sections.`);
  }
  const missing = ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"].find((start) => !lines.some((line) => line.startsWith(start)));
  if (missing !== undefined) {
    return refuse(`It has no ${missing.slice(2, -1)}.`);
  }
  const sections = starts.map((start, index) => ({ line: lines[start] ?? "", attributes: lines.slice(start + 1, starts[index + 1]) }));
  return { ok: true, sections, session: lines.slice(0, starts[0]) };
}

/** True for a section of this kind over SRTP: WebRTC's UDP/TLS/RTP/SAVPF (RFC 8834, section 4.2), or one that JSEP takes for it (RFC 8829, section 5.1.2). */
export function isMedia(section: MediaSection, kind: "audio" | "video"): boolean {
  return new RegExp(`^m=${kind} \\d{1,5} [A-Z/]+SAVPF? .+$`).test(section.line);
}

/** What is wrong with a trickle ICE fragment, or null (RFC 8840, section 9). */
export function findFragmentFault(text: string): string | null {
  const lines = text.split(/\r\n|\n/).filter((line) => line !== "");
  if (lines.length > maxLines) {
    return `It has over ${maxLines} lines.`;
  }
  const odd = lines.findIndex((line) => !/^[am]=[^\0\r]+$/.test(line));
  if (odd >= 0) {
    return `Line ${odd + 1} is neither an attribute nor a media line.`;
  }
  const missing = ["a=ice-ufrag:", "a=ice-pwd:"].find((start) => !lines.some((line) => line.startsWith(start)));
  if (missing !== undefined) {
    return `It has no ${missing.slice(2, -1)}.`;
  }
  // Engines answer a media line without one with 500 (MediaMTX contract, section 2).
  const media = `\n${lines.join("\n")}`.split("\nm=").slice(1);
  return media.every((section) => /^a=mid:\d{1,5}$/m.test(section)) ? null : "It has a media line without a numeric a=mid.";
}

function refuse(fault: string): OfferReading {
  return { ok: false, fault };
}
