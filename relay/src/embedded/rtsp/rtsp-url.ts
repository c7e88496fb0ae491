/** The parts of an RTSP URL that name a stream. `path` has no slash at either end; `query` no `?`. */
export type RtspTarget = { readonly path: string; readonly query: string };

/** Takes an RTSP URL apart; null where it is none. Percent signs stay as they are: path names need none, so encoded slashes never match. */
export function parseRtspUrl(url: string): RtspTarget | null {
  const [, rest] = /^rtsps?:\/\/[^/?]+(.*)$/i.exec(url) ?? [];
  if (rest === undefined || (rest !== "" && !rest.startsWith("/"))) {
    return null;
  }
  const question = rest.indexOf("?");
  const path = question < 0 ? rest : rest.slice(0, question);
  const query = question < 0 ? "" : rest.slice(question + 1);
  return { path: path.replace(/^\//, "").replace(/\/$/, ""), query: query.replace(/\/$/, "") };
}

/**
 * Splits the URL of a SETUP into the stream's URL and the track's control name. Clients put the name behind the query too, as in
 * `rtsp://host/path?token=x/trackID=0`.
 */
export function splitTrackUrl(url: string): { readonly base: string; readonly control: string } {
  const slash = url.lastIndexOf("/");
  return { base: url.slice(0, Math.max(slash, 0)), control: url.slice(slash + 1) };
}
