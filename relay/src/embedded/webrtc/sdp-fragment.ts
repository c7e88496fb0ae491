/** What a trickle fragment says (RFC 8840, section 9). */
export type SdpFragment = {
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

/** Reads the body of a PATCH. Lines that are no attributes are passed over. */
export function parseFragment(text: string): FragmentReading {
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
  return { ok: true, fragment: { iceUfrag: text.match(/^a=ice-ufrag:([^\r\n]*)/m)?.[1] ?? null, candidates } };
}
