import { readLastEntry } from "../../motors/car-log.ts";
import { machineMs } from "../../motors/machine-clock.ts";
import { neutralOutput } from "../../motors/motors.ts";
import { type CarLogEntry, continueCar } from "../../motors/simulated.ts";
import { drawCar, drawField } from "./draw-car.ts";

/**
 * Writes the simulated vehicle as seen from above to standard output, raw yuv420p, frame after frame in real time. Arguments: width, height, frames per
 * second, the vehicle's log. It only reads the log, so it shows what the wheels do and not what somebody asked for.
 */
function main(): void {
  const [, , widthText, heightText, fpsText, logFile = ""] = process.argv;
  const size = { width: Number(widthText), height: Number(heightText) };
  const frameMs = 1000 / Number(fpsText);
  const field = drawField(size);
  let entry: CarLogEntry = { atMs: machineMs(), ...neutralOutput, pose: { x: 0, y: 0, heading: 0, speed: 0 } };
  let waiting = false;
  let dueMs = machineMs();
  const show = (): void => {
    const nowMs = machineMs();
    // A reader that is behind gets the newest frame when it is ready again, never a queue of old ones.
    if (!waiting) {
      entry = readLastEntry(logFile) ?? entry;
      const frame = Buffer.from(field);
      drawCar(frame, size, entry.atMs > nowMs ? entry.pose : continueCar(entry, nowMs), entry);
      waiting = true;
      process.stdout.write(frame, () => {
        waiting = false;
      });
    }
    dueMs = Math.max(dueMs + frameMs, nowMs);
    setTimeout(show, dueMs - machineMs());
  };
  process.stdout.on("error", () => process.exit(0));
  show();
}

main();
