import { readBlackBox } from "./read-file.ts";
import { type ReplayResult, replay } from "./replay.ts";

/**
 * Reads a black box and replays it. For tests of incidents: put the file beside the test and expect `difference` to be null, or the stops that there should be.
 * @throws AppError HC_EDGE_BLACK_BOX_FILE
 */
export function replayFile(path: string): ReplayResult & { readonly device: string; readonly endMs: number } {
  const box = readBlackBox(path);
  return { device: box.header.device, endMs: box.lines.at(-1)?.atMs ?? box.header.monotonicMs, ...replay(box) };
}
