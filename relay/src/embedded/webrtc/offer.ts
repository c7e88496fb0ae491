/** One payload type of a media section. */
export type OfferedCodec = {
  readonly payloadType: number;
  /** As written, for example `H264` or `opus`. */
  readonly name: string;
  readonly clockRate: number;
  readonly fmtp: string;
  /** RTCP feedback kinds, for example `nack pli`. */
  readonly feedback: readonly string[];
};

/** One media section of an offer. */
export type OfferedMedia = {
  readonly kind: string;
  readonly mid: string;
  readonly protocol: string;
  /** Payload types as the m= line has them. */
  readonly formats: readonly string[];
  readonly direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  readonly codecs: readonly OfferedCodec[];
  readonly extensions: ReadonlyArray<{ readonly id: number; readonly uri: string }>;
  readonly ssrcs: readonly number[];
};

/** An offer, as far as the relay needs it. */
export type Offer = {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: string;
  readonly setup: "actpass" | "active" | "passive";
  /** Candidate values of the whole offer, `candidate:` included. */
  readonly candidates: readonly string[];
  readonly media: readonly OfferedMedia[];
};

/** An offer, or a sentence saying what is wrong with it. */
export type OfferReading = { readonly ok: true; readonly offer: Offer } | { readonly ok: false; readonly reason: string };

/** More sections than any browser sends for one picture and one sound; keeps the work per offer small. */
const maxMediaSections = 16;
/** libjuice keeps no more than this many characters of a remote credential. */
const credentialPattern = /^[A-Za-z0-9+/]{4,256}$/;
const fingerprintPattern = /^sha-(1|224|256|384|512) ((?:[0-9A-Fa-f]{2}:){19,63}[0-9A-Fa-f]{2})$/;
/** More lines than any browser sends (Chromium: 162 for picture and sound), and more formats than there are payload types. */
const maxLines = 4096;
const maxFormats = 128;
const midPattern = /^[A-Za-z0-9!#$%&'*+\-.^_`{|}~]{1,32}$/;
/** No NUL and no carriage return stand within a line (RFC 8866, section 9: byte-string): parts of lines go into the answer. */
const linePattern = /^[a-z]=[^\0\r]*$/;
const directions = ["sendrecv", "sendonly", "recvonly", "inactive"] as const;
const setups = ["actpass", "active", "passive"] as const;

type Section = { readonly head: string; readonly attributes: readonly string[] };

/** Reads an SDP offer (RFC 8866, RFC 8829). Unknown attributes are passed over; the first fault ends the reading. */
export function parseOffer(text: string): OfferReading {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  if (lines.length > maxLines) {
    return fail(`it has more than ${maxLines} lines`);
  }
  const bad = lines.findIndex((line) => !linePattern.test(line));
  if (lines.length === 0 || bad !== -1) {
    return fail(`line ${bad + 1} is not of the form x=value`);
  }
  if (lines[0] !== "v=0") {
    return fail("it does not begin with v=0");
  }
  const sections = splitSections(lines);
  const [session, ...mediaSections] = sections;
  if (session === undefined || mediaSections.length === 0) {
    return fail("it has no media section");
  }
  if (mediaSections.length > maxMediaSections) {
    return fail(`it has more than ${maxMediaSections} media sections`);
  }
  return assemble(session, mediaSections);
}

function assemble(session: Section, mediaSections: readonly Section[]): OfferReading {
  const media: OfferedMedia[] = [];
  for (const [index, section] of mediaSections.entries()) {
    const read = readMedia(section, index);
    if (read === null) {
      return fail(`media section ${index + 1} can't be read`);
    }
    if (media.some((other) => other.mid === read.mid)) {
      // RFC 9143, section 7.1.1 and RFC 5888, section 4: an identification names one section.
      return fail(`media section ${index + 1} has the mid of another`);
    }
    media.push(read);
  }
  const everything = [session, ...mediaSections].flatMap((section) => section.attributes);
  const iceUfrag = firstValue(everything, "ice-ufrag") ?? "";
  const icePwd = firstValue(everything, "ice-pwd") ?? "";
  if (!credentialPattern.test(iceUfrag) || !credentialPattern.test(icePwd) || icePwd.length < 22) {
    return fail("ice-ufrag or ice-pwd is missing or malformed");
  }
  const fingerprint = firstValue(everything, "fingerprint") ?? "";
  if (!isFingerprint(fingerprint)) {
    return fail("fingerprint is missing or malformed");
  }
  const setup = setups.find((name) => name === (firstValue(everything, "setup") ?? "actpass"));
  if (setup === undefined) {
    return fail("setup must be actpass, active or passive");
  }
  const candidates = everything.filter((line) => line.startsWith("candidate:"));
  return { ok: true, offer: { iceUfrag, icePwd, fingerprint, setup, candidates, media } };
}

/** A hash name and as many bytes as that hash has (RFC 8122, section 5). */
function isFingerprint(value: string): boolean {
  const [, hash, bytes] = value.match(fingerprintPattern) ?? [];
  const lengths = { "1": 20, "224": 28, "256": 32, "384": 48, "512": 64 } as const;
  return Object.entries(lengths).some(([name, length]) => name === hash && bytes?.length === length * 3 - 1);
}

function fail(reason: string): OfferReading {
  return { ok: false, reason };
}

function splitSections(lines: readonly string[]): Section[] {
  const sections: { head: string; attributes: string[] }[] = [{ head: "", attributes: [] }];
  for (const line of lines) {
    if (line.startsWith("m=")) {
      sections.push({ head: line.slice(2), attributes: [] });
    } else if (line.startsWith("a=")) {
      sections.at(-1)?.attributes.push(line.slice(2));
    }
  }
  return sections;
}

function readMedia(section: Section, index: number): OfferedMedia | null {
  const [kind, port, protocol, ...formats] = section.head.split(" ");
  const mid = firstValue(section.attributes, "mid") ?? String(index);
  if (
    kind === undefined ||
    protocol === undefined ||
    formats.length === 0 ||
    formats.length > maxFormats ||
    !/^\d{1,5}(?:\/\d+)?$/.test(port ?? "")
  ) {
    return null;
  }
  // The head is copied into the answer when the section is refused, so nothing odd may stand in it.
  if (!/^[a-z]{1,16}$/.test(kind) || !/^[A-Z/]{1,32}$/.test(protocol) || !formats.every((format) => /^[A-Za-z0-9-]{1,32}$/.test(format))) {
    return null;
  }
  if (!midPattern.test(mid)) {
    return null;
  }
  const direction = directions.find((name) => section.attributes.includes(name)) ?? "sendrecv";
  return {
    kind,
    mid,
    protocol,
    formats,
    direction,
    codecs: formats.flatMap((format) => readCodec(section.attributes, format)),
    extensions: readExtensions(section.attributes),
    ssrcs: readSsrcs(section.attributes),
  };
}

function readCodec(attributes: readonly string[], format: string): OfferedCodec[] {
  const map = firstValue(attributes, "rtpmap", format)?.match(/^([A-Za-z0-9._-]+)\/(\d{1,7})(?:\/\d+)?$/);
  const payloadType = Number(format);
  if (map === null || map === undefined || !Number.isInteger(payloadType) || payloadType > 127) {
    return [];
  }
  const feedback = attributes
    .filter((line) => line.startsWith(`rtcp-fb:${format} `))
    .map((line) => line.slice(`rtcp-fb:${format} `.length));
  return [
    { payloadType, name: map[1] ?? "", clockRate: Number(map[2]), fmtp: firstValue(attributes, "fmtp", format)?.trim() ?? "", feedback },
  ];
}

function readExtensions(attributes: readonly string[]): { id: number; uri: string }[] {
  return attributes.flatMap((line) => {
    const match = line.match(/^extmap:(\d{1,5})(?:\/[a-z]+)? (\S+)/);
    return match === null ? [] : [{ id: Number(match[1]), uri: match[2] ?? "" }];
  });
}

function readSsrcs(attributes: readonly string[]): number[] {
  const found = attributes.flatMap((line) => {
    const match = line.match(/^ssrc:(\d{1,10}) /);
    return match === null ? [] : [Number(match[1])];
  });
  return [...new Set(found)].filter((ssrc) => ssrc <= 0xffffffff).slice(0, 8);
}

/** The value of the first `name:value` line; with a format, of the first `name:format value` line. */
function firstValue(attributes: readonly string[], name: string, format?: string): string | undefined {
  const prefix = format === undefined ? `${name}:` : `${name}:${format} `;
  return attributes.find((line) => line.startsWith(prefix))?.slice(prefix.length);
}
