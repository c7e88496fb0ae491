import { fileURLToPath } from "node:url";
import { AppError } from "@helmcast/config";
import type { MotorSettings } from "@helmcast/config/load";
import { type ChildExit, type Clock, describeExit, type Log, parseJson, spawnChild } from "@helmcast/runtime";
import { z } from "zod";
import { killGroup } from "../end-group.ts";
import { type MotorLoss, type MotorOutput, neutralOutput, type PreparedMotors } from "../motors.ts";
import { createNewestLine } from "../newest-line.ts";

/** Settings that a Python driver serves. */
export type PythonSettings = Extract<MotorSettings, { type: "picarx" | "pca9685" | "gpio" }>;

/** What each driver's library is called when it is not there. */
const missingCodes = { picarx: "HC_EDGE_PICARX_MISSING", pca9685: "HC_EDGE_SMBUS2_MISSING", gpio: "HC_EDGE_GPIOZERO_MISSING" } as const;

/**
 * Silence of the driver, ms, after which it counts as hung: it beats every 20 ms, and the hand-over took up to 130 ms more (24 runs, two cores) of the 300 after
 * which nothing may move. A later look than this is this process's own stall and proves nothing.
 */
const silentMs = 150;
const lookEveryMs = 20;
const lateLookMs = 100;

/** Time for loading the library, and for opening the hardware, ms. PiCar-X's resets its board, which takes a second or two on a small Pi. */
const prepareMs = 20_000;
const openMs = 10_000;
const flushMs = 100;
const graceMs = 200;

const messageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("open") }),
  z.object({ kind: z.literal("beat") }),
  z.object({ kind: z.literal("failed"), why: z.enum(["missing", "in-use", "open"]), detail: z.string().max(500) }),
]);
type DriverMessage = z.infer<typeof messageSchema>;

/**
 * Hardware with a Python library of its own, held by a small Python program that keeps a timer too. The library is loaded when this is called, the hardware is
 * touched by `open`. The program neutralises by itself at the end of its input, on TERM and after 500 ms of silence.
 * @throws AppError HC_EDGE_PYTHON_MISSING, or the code that names the missing library
 */
export async function preparePythonDriver(
  settings: PythonSettings,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<PreparedMotors> {
  const { clock } = deps;
  const script = fileURLToPath(new URL(`../python/${settings.type}_driver.py`, import.meta.url));
  let hear: (message: DriverMessage | ChildExit) => void = () => undefined;
  const child = spawnChild(
    {
      name: "python driver",
      command: settings.python,
      args: ["-B", "-u", script, JSON.stringify(settings)],
      stdin: "pipe",
      stopGraceMs: graceMs,
      onLine(line, from) {
        const message = from === "stdout" ? messageSchema.safeParse(parseJson(line)) : null;
        if (message?.success === true) {
          hear(message.data);
        } else {
          process.stderr.write(`${line}\n`);
        }
      },
    },
    deps,
  );
  void child.exited.then((exit) => hear(exit));
  const hearFirst = (kind: "ready" | "open", limitMs: number) =>
    new Promise<void>((resolve, reject) => {
      const fail = (loss: MotorLoss): void => reject(new AppError(loss.code, { detail: loss.detail }));
      const cancel = clock.after(limitMs, () => fail({ code: "HC_EDGE_DRIVE_OPEN", detail: `not ${kind} after ${limitMs} ms` }));
      hear = (message) => {
        if ("kind" in message && message.kind === kind) {
          cancel();
          resolve();
        } else if (!("kind" in message) || message.kind === "failed") {
          cancel();
          fail(explain(settings, message));
        }
      };
    });
  try {
    await hearFirst("ready", prepareMs);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    async open(onLost) {
      const opened = hearFirst("open", openMs);
      child.stdin?.write('{"open":true}\n');
      await opened;
      return hold(child, deps.clock, onLost, (listener) => {
        hear = listener;
      });
    },
    programGroup: () => child.pid,
    discard: async () => void (await child.stop()),
  };
}

function hold(
  child: ReturnType<typeof spawnChild>,
  clock: Clock,
  onLost: (loss: MotorLoss) => void,
  listen: (listener: (message: DriverMessage | ChildExit) => void) => void,
) {
  let over = false;
  const lose = (detail: string): void => {
    if (!over) {
      over = true;
      onLost({ code: "HC_EDGE_DRIVE_LOST", detail });
    }
  };
  let beatAtMs = clock.monotonicMs();
  listen((message) => {
    beatAtMs = clock.monotonicMs();
    if (!("kind" in message)) {
      lose(`the driver ended with ${describeExit(message)}`);
    } else if (message.kind === "failed") {
      lose(message.detail);
    }
  });
  const look = (lastLookMs: number): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - beatAtMs >= silentMs && nowMs - lastLookMs < lateLookMs) {
      lose(`the driver is silent for ${silentMs} ms`);
    }
    if (!over) {
      clock.after(lookEveryMs, () => look(nowMs), true);
    }
  };
  look(beatAtMs);
  if (child.stdin === null) {
    throw new AppError("HC_EDGE_DRIVE_OPEN");
  }
  const lines = createNewestLine(child.stdin, clock, (detail) => lose(`the driver ${detail}`));
  let last = neutralOutput;
  const say = (output: MotorOutput, nowMs: number): void => lines.write(JSON.stringify({ atMs: nowMs, ...output }));
  return {
    apply(output: MotorOutput, nowMs: number) {
      last = output;
      say(output, nowMs);
    },
    async close(nowMs: number) {
      if (over) {
        // A driver that hangs is not waited for: the sooner it is gone, the sooner the next one makes neutral.
        killGroup(child.pid);
        return;
      }
      over = true;
      say({ ...last, throttle: 0, steer: 0 }, nowMs);
      await lines.flushed(flushMs);
      child.stdin?.end();
      await child.stop();
    },
  };
}

/** What the driver or its end means. 126 and 127 are a shell's codes for a program that can't be run or is not there. */
function explain(settings: PythonSettings, message: Extract<DriverMessage, { kind: "failed" }> | ChildExit): MotorLoss {
  if ("kind" in message) {
    const codes = { missing: missingCodes[settings.type], "in-use": "HC_EDGE_DRIVE_IN_USE", open: "HC_EDGE_DRIVE_OPEN" } as const;
    return { code: codes[message.why], detail: message.detail };
  }
  const isMissing = message.code === 126 || message.code === 127;
  return { code: isMissing ? "HC_EDGE_PYTHON_MISSING" : "HC_EDGE_DRIVE_OPEN", detail: `${settings.python}: ${describeExit(message)}` };
}
