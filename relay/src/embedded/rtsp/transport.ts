/** What a SETUP asks for, as far as it can be served here. */
export type TransportChoice = { readonly rtpChannel: number; readonly rtcpChannel: number } | "unsupported" | "malformed";

/**
 * Picks interleaved TCP out of a Transport header (RFC 2326 section 12.39). Anything over UDP is "unsupported", which is answered with 461 so
 * that the client tries TCP (MediaMTX contract, section 1.3).
 * @param nextChannel channel to give to a client that names none
 */
export function chooseTransport(header: string | undefined, nextChannel: number): TransportChoice {
  if (header === undefined) {
    return "malformed";
  }
  const option = header.split(",").find((candidate) => /^\s*RTP\/AVP\/TCP(;|\s*$)/i.test(candidate));
  if (option === undefined) {
    return "unsupported";
  }
  const interleaved = /;\s*interleaved=([^;]*)/i.exec(option)?.[1]?.trim();
  if (interleaved === undefined) {
    return nextChannel > 254 ? "malformed" : { rtpChannel: nextChannel, rtcpChannel: nextChannel + 1 };
  }
  const [, rtp, rtcp] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(interleaved) ?? [];
  const rtpChannel = Number(rtp);
  const rtcpChannel = rtcp === undefined ? rtpChannel + 1 : Number(rtcp);
  return rtp === undefined || rtpChannel > 254 || rtcpChannel > 255 || rtpChannel === rtcpChannel
    ? "malformed"
    : { rtpChannel, rtcpChannel };
}

/** The Transport header of the answer. */
export function writeTransport(choice: { readonly rtpChannel: number; readonly rtcpChannel: number }, ssrc: number | null): string {
  const suffix = ssrc === null ? "" : `;ssrc=${ssrc.toString(16).toUpperCase().padStart(8, "0")}`;
  return `RTP/AVP/TCP;unicast;interleaved=${choice.rtpChannel}-${choice.rtcpChannel}${suffix}`;
}
