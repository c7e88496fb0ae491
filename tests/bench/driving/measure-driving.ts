import type { Cleanup } from "../rig/cleanup.ts";
import { measureFanOut } from "./fan-out.ts";
import { measureKeyPress } from "./key-press.ts";
import { measureStops } from "./stop-table.ts";

/** What driving costs and how fast it is: stop times, key press to motor, and the broker's fan-out with both kinds of broker in one run. */
export async function measureDriving(cleanup: Cleanup, say: (line: string) => void): Promise<string> {
  const reports: string[] = [];
  for (const [name, measure] of [
    ["key press to motor", measureKeyPress],
    ["fan-out", measureFanOut],
    ["stop times", measureStops],
  ] as const) {
    say(`driving, ${name}: starting`);
    reports.push(await measure(cleanup, say));
  }
  return reports.join("\n\n\n");
}
