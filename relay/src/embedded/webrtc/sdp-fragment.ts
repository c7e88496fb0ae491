/** What a trickle fragment says (RFC 8840, section 9). */
export type SdpFragment = {
  /** ICE user name where it comes with its password, null otherwise: one without the other asks for nothing. */
  readonly iceUfrag: string | null;
  /** Candidate values, `candidate:` included. */
  readonly candidates: readonly string[];
};

/** A fragment, or why it is none. The statuses are MediaMTX's (MediaMTX contract, section 2). */
export type FragmentReading =
  | { readonly ok: true; readonly fragment: SdpFragment }
  | { readonly ok: false; readonly status: 400 | 500; readonly reason: string };

/** One PATCH brings no more than this; browsers find a handful. */
const maxCandidates = 64;

/** Lines that may stand before the first media section, that section's own line among them, and those after it (RFC 8866, section 9). */
const sessionLine = /^(?:[trzka]=|m=\w+ \d{1,5}(?:\/\d+)? \S)/;
const mediaLine = /^(?:[icbka]=|m=\w+ \d{1,5}(?:\/\d+)? \S)/;

/** Reads the body of a PATCH. What is no list of SDP lines is refused; attributes that say nothing to the relay are passed over. */
export function parseFragment(text: string): FragmentReading {
  const fault = findFault(text);
  if (fault !== null) {
    return { ok: false, status: 400, reason: fault };
  }
  const sections = `\n${text.replaceAll("\r", "")}`.split("\nm=");
  for (const section of sections.slice(1)) {
    if (!/^a=mid:\d{1,5}$/m.test(section)) {
      return { ok: false, status: 500, reason: /^a=mid:/m.test(section) ? "invalid mid attribute" : "mid attribute is missing" };
    }
  }
  const candidates = [...text.matchAll(/^a=(candidate:[^\r\n]*)/gm)].map((match) => match[1] ?? "");
  if (candidates.length > maxCandidates) {
    return { ok: false, status: 400, reason: `more than ${maxCandidates} candidates` };
  }
  return { ok: true, fragment: { iceUfrag: findUfrag(sections), candidates } };
}

/** The first media section with user name and password counts, then what stands before all sections (as in MediaMTX). */
function findUfrag(sections: readonly string[]): string | null {
  const [session = "", ...media] = sections;
  const found = [...media, session].find((section) => /^a=ice-ufrag:./m.test(section) && /^a=ice-pwd:./m.test(section));
  return found?.match(/^a=ice-ufrag:(.+)$/m)?.[1] ?? null;
}

/** Why the text is no fragment, or null. Every line has an end; a single letter after the last one is passed over, as MediaMTX does. */
function findFault(text: string): string | null {
  const lines = text.split("\n");
  if ((lines.pop() ?? "").length > 1) {
    return "the last line has no end";
  }
  let inMedia = false;
  for (const [index, raw] of lines.entries()) {
    const line = raw.replace(/\r$/, "");
    if (line !== "" && !(inMedia ? mediaLine : sessionLine).test(line)) {
      return `line ${index + 1} can't stand in a fragment`;
    }
    inMedia ||= line.startsWith("m=");
  }
  return null;
}
