/** One medium of an announced SDP. */
export type SdpMedia = {
  readonly kind: string;
  readonly payloadType: number;
  /** Codec of the rtpmap in upper case; "" where there is none. */
  readonly codec: string;
  readonly clockRate: number;
  readonly channels: number;
  readonly fmtp: ReadonlyMap<string, string>;
  readonly control: string;
};

/** Most media of one SDP. */
const maxMedia = 8;

/** Most lines of one SDP. */
const maxLines = 512;

/** Reads the media of an SDP (RFC 8866, as far as RTSP needs it); null where it is not one. */
export function parseSdp(text: string): readonly SdpMedia[] | null {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  if (lines.length > maxLines || !lines[0]?.startsWith("v=") || lines.some((line) => !/^[a-z]=/.test(line))) {
    return null;
  }
  const sections: string[][] = [];
  for (const line of lines) {
    if (line.startsWith("m=")) {
      sections.push([]);
    }
    sections.at(-1)?.push(line);
  }
  const media = sections.map(parseMedia);
  return media.length === 0 || media.length > maxMedia || media.includes(null) ? null : media.filter((item) => item !== null);
}

function parseMedia(lines: readonly string[]): SdpMedia | null {
  const [, kind, payload] = /^m=(\S+) \S+ \S+ (\d{1,3})/.exec(lines[0] ?? "") ?? [];
  if (kind === undefined || payload === undefined || Number(payload) > 127) {
    return null;
  }
  const attribute = (name: string): string | undefined => {
    const prefix = `a=${name}:`;
    return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  };
  const forPayload = (name: string): string | undefined => {
    const prefix = `a=${name}:${payload} `;
    return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  };
  const [codec = "", clockRate = "0", channels = "1"] = (forPayload("rtpmap") ?? "").trim().split("/");
  return {
    kind,
    payloadType: Number(payload),
    codec: codec.toUpperCase(),
    clockRate: Number(clockRate),
    channels: Number(channels),
    fmtp: parseFmtp(forPayload("fmtp") ?? ""),
    control: attribute("control")?.trim() ?? "",
  };
}

function parseFmtp(text: string): ReadonlyMap<string, string> {
  const pairs = text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return new Map(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0 ? [pair.toLowerCase(), ""] : [pair.slice(0, equals).trim().toLowerCase(), pair.slice(equals + 1).trim()];
    }),
  );
}
