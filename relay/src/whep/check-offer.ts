/** Lines and sections a real offer stays far under; Chromium's with every codec has some 200 lines. */
const maxLines = 2000;
const maxSections = 16;

/**
 * What is wrong with an SDP offer for receiving video, or null. Only the frame is checked (RFC 8866, section 5; RFC 8829, section 5.2.1):
 * which codecs fit is the engine's to say.
 */
export function findOfferFault(text: string): string | null {
  const lines = text.split(/\r\n|\n/);
  if (lines.at(-1) === "") {
    lines.pop();
  }
  if (lines.length > maxLines) {
    return `It has over ${maxLines} lines.`;
  }
  if (lines[0] !== "v=0") {
    return "It does not start with v=0.";
  }
  const odd = lines.findIndex((line) => !/^[a-z]=[^\0\r]+$/.test(line));
  if (odd >= 0) {
    return `Line ${odd + 1} is no SDP line.`;
  }
  const sections = lines.filter((line) => line.startsWith("m="));
  if (sections.length > maxSections) {
    return `It has over ${maxSections} media sections.`;
  }
  if (!sections.some((line) => /^m=video \d{1,5} [A-Z/]+SAVPF? .+$/.test(line))) {
    return "It has no m=video section over SAVPF.";
  }
  const missing = ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"].find((start) => !lines.some((line) => line.startsWith(start)));
  return missing === undefined ? null : `It has no ${missing.slice(2, -1)}.`;
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
  return missing === undefined ? null : `It has no ${missing.slice(2, -1)}.`;
}
