import { AppError } from "@helmcast/config";
import type { MotorSettings } from "@helmcast/config/load";
import { type Clock, describeExit, type Log, spawnChild } from "@helmcast/runtime";
import { killGroup } from "../end-group.ts";
import { type MotorOutput, neutralOutput, type PreparedMotors } from "../motors.ts";
import { createNewestLine } from "../newest-line.ts";

/** Time for the neutral line to leave, for the program to read it and end with its input, and from TERM to KILL, ms. All fit in the motor process's own. */
const flushMs = 100;
const readMs = 100;
const graceMs = 100;

/**
 * Any program of the owner: it gets one JSON object a line on its standard input, `{"atMs":..,"throttle":..,"steer":..,"pan":..,"tilt":..}`. `atMs` is the
 * machine's CLOCK_MONOTONIC, so that it can tell a line that waited. The first and the last line are neutral, and so is one after each silence. It has to
 * stand at the end of its input by itself, because a process that was killed writes no last line.
 */
export function prepareExecProgram(
  settings: Extract<MotorSettings, { type: "exec" }>,
  deps: { readonly clock: Clock; readonly log: Log },
): PreparedMotors {
  let group: number | null = null;
  return {
    async open(onLost) {
      const [command = "", ...args] = settings.command;
      let closing = false;
      const lose = (detail: string): void => {
        if (!closing) {
          closing = true;
          onLost({ code: "HC_EDGE_DRIVE_LOST", detail });
        }
      };
      const onLine = (line: string): void => void process.stderr.write(`${line}\n`);
      const child = spawnChild({ name: "drive program", command, args, stdin: "pipe", stopGraceMs: graceMs, onLine }, deps);
      if (child.stdin === null) {
        throw new AppError("HC_EDGE_DRIVE_OPEN", { detail: `${command}: could not be started` });
      }
      group = child.pid;
      const lines = createNewestLine(child.stdin, deps.clock, (detail) => lose(`${command}: ${detail}`));
      void child.exited.then((exit) => lose(`${command}: ended with ${describeExit(exit)}`));
      const say = (output: MotorOutput, nowMs: number): void => lines.write(JSON.stringify({ atMs: nowMs, ...output }));
      let last = neutralOutput;
      say(last, deps.clock.monotonicMs());
      return {
        apply(output, nowMs) {
          last = output;
          say(output, nowMs);
        },
        async close(nowMs) {
          if (closing) {
            // A program that hangs is not waited for: the sooner it is gone, the sooner the next one hears that it shall stand.
            killGroup(child.pid);
            return;
          }
          closing = true;
          say({ ...last, throttle: 0, steer: 0 }, nowMs);
          await lines.flushed(flushMs);
          child.stdin?.end();
          // TERM at once would end a plain program before it has read that it shall stand.
          await new Promise<void>((resolve) => {
            const cancel = deps.clock.after(readMs, resolve);
            void child.exited.then(() => {
              cancel();
              resolve();
            });
          });
          await child.stop();
        },
      };
    },
    programGroup: () => group,
    discard: () => Promise.resolve(),
  };
}
