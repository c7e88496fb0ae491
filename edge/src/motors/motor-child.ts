import { AppError } from "@helmcast/config";
import { driveSettingsSchema, type MotorSettings } from "@helmcast/config/load";
import { createLineSplitter, createLog, parseJson, systemClock } from "@helmcast/runtime";
import { prepareExecProgram } from "./adapters/exec-program.ts";
import { preparePythonDriver } from "./adapters/python-driver.ts";
import { prepareSerialPort } from "./adapters/serial-port.ts";
import { prepareSimulatedCar } from "./adapters/simulated-car.ts";
import { type ChildMessage, takeLine } from "./child-messages.ts";
import { machineMs } from "./machine-clock.ts";
import { MotorGuard } from "./motor-guard.ts";
import type { PreparedMotors } from "./motors.ts";

/** Between two signs of life, ms: of the process that holds the motors, and of the one that waits. */
const beatMs = 50;

/** Bytes of signs of life that may wait: an agent that reads none is halted, and they must not pile up here. */
const maxWaitingBytes = 1000;

/** Longest time for letting go of the hardware, ms; neutral was written before. Shorter than the grace that the agent gives. */
const letGoMs = 350;

const clock = { ...systemClock, monotonicMs: machineMs };

/**
 * A process that can hold the motors. It is kept small and apart from the agent, so that an agent which blocks or dies cannot keep the vehicle moving. It loads
 * everything, says so, and touches no hardware until it is told to take it. Its one argument is the settings of the drive, as JSON.
 */
async function main(): Promise<void> {
  const settings = driveSettingsSchema.parse(parseJson(process.argv[2] ?? ""));
  if (settings.type === "none") {
    return;
  }
  let ended = false;
  let prepared: PreparedMotors | null = null;
  let opening: Promise<MotorGuard> | null = null;
  let guard: MotorGuard | null = null;
  const end = (last: ChildMessage, code: number): void => {
    if (ended) {
      return;
    }
    ended = true;
    // Set before anything that may throw: whatever the hardware says, this process ends.
    setTimeout(() => process.exit(code), letGoMs);
    // Neutral is written in this call; letting go of the hardware may take longer.
    const letGo = guard?.close() ?? opening?.then((late) => late.close()) ?? prepared?.discard();
    const leave = (): void => void process.stdout.write(`${JSON.stringify(last)}\n`, () => process.exit(code));
    Promise.resolve(letGo).then(leave, () => process.exit(1));
  };
  const lose = (error: unknown): void => end(explain(error), 1);
  const take = (motors: PreparedMotors): void => {
    opening ??= motors
      .open((loss) => end({ kind: "lost", ...loss }, 1))
      .then((opened) => {
        guard = new MotorGuard(opened, clock);
        say({ kind: "held", program: motors.programGroup() });
        return guard;
      });
    opening.catch(lose);
  };
  const splitter = createLineSplitter((line) => {
    if (line === takeLine && prepared !== null) {
      take(prepared);
    } else {
      guard?.take(line);
    }
  });
  listen(splitter, () => end({ kind: "neutral" }, 0), lose);
  prepared = await prepare(settings).catch((error: unknown) => {
    lose(error);
    return null;
  });
  if (prepared === null || ended) {
    return void (await prepared?.discard());
  }
  say({ kind: "ready", program: prepared.programGroup() });
  setInterval(() => say({ kind: "beat", atMs: machineMs() }), beatMs);
}

/** Ends in neutral when the agent's line closes, on every signal that can be caught, and on an error nobody expected. */
function listen(splitter: { push(chunk: Buffer): void }, end: () => void, lose: (error: unknown) => void): void {
  process.stdin.on("data", (chunk: Buffer) => splitter.push(chunk));
  process.stdin.on("close", end);
  process.stdin.on("error", end);
  process.stdout.on("error", end);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, end);
  }
  process.on("uncaughtException", lose);
  process.on("unhandledRejection", lose);
}

/** The adapters are introduced here; none of them knows another. */
async function prepare(settings: MotorSettings): Promise<PreparedMotors> {
  const log = createLog({ name: "motors", level: "silent" });
  switch (settings.type) {
    case "simulated":
      return prepareSimulatedCar(settings, machineMs);
    case "exec":
      return prepareExecProgram(settings, { clock, log });
    case "serial":
      return await prepareSerialPort(settings, clock);
    case "picarx":
    case "pca9685":
    case "gpio":
      return await preparePythonDriver(settings, { clock, log });
  }
}

function say(message: ChildMessage): void {
  if (process.stdout.writableLength < maxWaitingBytes) {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  }
}

function explain(error: unknown): ChildMessage {
  const detail = error instanceof Error ? error.message : String(error);
  const code = error instanceof AppError ? error.code : "HC_EDGE_DRIVE_LOST";
  return { kind: "lost", code, detail: detail.slice(0, 1000) };
}

await main();
