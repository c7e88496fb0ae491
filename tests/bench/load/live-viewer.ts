import { setTimeout as sleep } from "node:timers/promises";
import { openRawClient } from "./raw-client.ts";

/** Parts that may wait to be fetched; a player that is further behind jumps. */
const maxWaitingParts = 5;
/** Pause after an answer that was not expected, in ms. */
const retryMs = 200;

/** What all viewers of one process did together. */
export type Tally = { playlists: number; parts: number; bytes: number; failed: number };

/** Where and how long to watch. `base` ends in a slash. */
export type ViewerPlan = {
  readonly port: number;
  readonly base: string;
  readonly headers: readonly string[];
  readonly isOver: () => boolean;
};

/**
 * Watches as hls.js does at the live edge: one connection asks for the next playlist, which blocks until there is one, and another fetches
 * the part that it names. Ends soon after `isOver`.
 */
export async function watchLive(plan: ViewerPlan, tally: Tally): Promise<void> {
  const lists = openRawClient(plan.port, plan.headers);
  const media = openRawClient(plan.port, plan.headers);
  const waiting: string[] = [];
  let wake = (): void => undefined;
  const fetchParts = async (): Promise<void> => {
    while (!plan.isOver()) {
      const part = waiting.shift();
      if (part === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const reply = await media.get(plan.base + part, false).catch(() => null);
      tally.bytes += reply?.bodyBytes ?? 0;
      tally[reply?.status === 200 ? "parts" : "failed"]++;
    }
  };
  const fetchLists = async (): Promise<void> => {
    let query = "";
    while (!plan.isOver()) {
      const reply = await lists.get(`${plan.base}video1_stream.m3u8${query}`, true).catch(() => null);
      const edge = reply?.status === 200 ? readEdge(reply.body) : null;
      if (reply === null || edge === null) {
        tally.failed++;
        query = "";
        // Only the index makes a session of the engine's that has ended anew (MediaMTX contract, section 3.4).
        await lists.get(`${plan.base}index.m3u8`, false).catch(() => null);
        await sleep(retryMs);
        continue;
      }
      tally.playlists++;
      tally.bytes += reply.bodyBytes;
      query = `?_HLS_msn=${edge.msn}&_HLS_part=${edge.part}`;
      if (edge.newest !== null && waiting.length < maxWaitingParts) {
        waiting.push(edge.newest);
        wake();
      }
    }
    wake();
  };
  await Promise.all([fetchLists(), fetchParts()]);
  lists.close();
  media.close();
}

/** Where the live edge is: the part to ask for next, and the newest one that is there. Reads no more of the playlist than that, since this runs in the load's own time. */
export function readEdge(playlist: string): { readonly msn: number; readonly part: number; readonly newest: string | null } | null {
  const first = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1];
  if (first === undefined) {
    return null;
  }
  const lastSegment = playlist.lastIndexOf("#EXTINF:");
  const newest = playlist.lastIndexOf("#EXT-X-PART:");
  const uri = newest < 0 ? undefined : /URI="([^"]+)"/.exec(playlist.slice(newest, playlist.indexOf("\n", newest)))?.[1];
  return {
    msn: Number(first) + countOf(playlist, "#EXTINF:", 0),
    part: countOf(playlist, "#EXT-X-PART:", Math.max(lastSegment, 0)),
    newest: uri ?? null,
  };
}

function countOf(text: string, sought: string, from: number): number {
  let count = 0;
  for (let at = text.indexOf(sought, from); at >= 0; at = text.indexOf(sought, at + sought.length)) {
    count++;
  }
  return count;
}
