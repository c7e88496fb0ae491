import { fileURLToPath } from "node:url";
import { AppError } from "@helmcast/config";
import type { LookRanges, MotorSettings } from "@helmcast/config/load";
import { type Clock, type Log, type Service, Supervisor } from "@helmcast/runtime";
import { type ChildMessage, readChildMessage, takeLine } from "./child-messages.ts";
import { describeDrive } from "./describe-drive.ts";
import { endGroup, killGroup } from "./end-group.ts";
import { machineMs } from "./machine-clock.ts";
import type { MotorOutput } from "./motors.ts";
import { initialStandby, type Slot, type StandbyAction, type StandbyEvent, slots, stepStandby } from "./standby-machine.ts";

/** What the agent asks of the motors. Pan and tilt, degrees, are left as they are when they are left out. */
export type MotorCommand = Pick<MotorOutput, "throttle" | "steer"> & { readonly pan?: number; readonly tilt?: number };

/**
 * What the agent's side of the motors needs. `onLost` is called when nobody holds the motors any more, and once more when the next process holds them: whoever
 * was armed in between has to ask for neutral first.
 */
export type MotorProcessOptions = {
  readonly settings: MotorSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onLost: () => void;
};

/** Bytes that may wait for the motor process. A command is 90 bytes; a process that takes none is stuck, and old commands must not pile up. */
const maxWaitingBytes = 400;

/** How often it is looked whether both processes live, ms. */
const lookEveryMs = 20;

/** From TERM to KILL, ms: a process that is not neutral by then is hung, and the other one has to make neutral. */
const stopGraceMs = 400;

/** Longest wait at the end for the other one to make neutral, ms. */
const lastNeutralMs = 1000;

/** Time for a killed process's program to end by itself, which it does in neutral, ms. */
const programEndMs = 100;

/**
 * The agent's side of the motors: `start`, `stop`, `apply` and `ranges`. Behind it are two processes, one that holds the motors and one on standby, warm. When the
 * first dies or is silent for 200 ms it is killed, and the second takes the hardware and writes neutral to it. At no time may both touch it: the right to is
 * given by this object only, after the other process and its program are gone.
 */
export class MotorProcess implements Service {
  readonly name = "motors";
  /** How far the camera turns, degrees; null when it does not. */
  readonly ranges: LookRanges | null;
  readonly #options: MotorProcessOptions;
  readonly #log: Log;
  readonly #supervisors: Readonly<Record<Slot, Supervisor>>;
  readonly #programs: Record<Slot, number | null> = { a: null, b: null };
  #now = initialStandby;
  #direction: Pick<MotorOutput, "pan" | "tilt"> = { pan: 0, tilt: 0 };
  /** Whoever is armed may believe in a movement that never began, or has ended. */
  #hasMissed = false;
  #cleanEnd = false;
  #closing = false;
  #cancelLook: () => void = () => undefined;
  #settleStart: () => void = () => undefined;
  #heard: () => void = () => undefined;

  /** @param options see {@link MotorProcessOptions} */
  constructor(options: MotorProcessOptions) {
    this.#options = options;
    this.#log = options.log.child({ part: "motors" });
    this.ranges = describeDrive(options.settings).look;
    this.#supervisors = { a: this.#supervise("a"), b: this.#supervise("b") };
  }

  /** Somebody holds the motors and obeys. */
  get held(): boolean {
    return this.#now.active !== null && this.#now[this.#now.active].phase === "held";
  }

  /** A second process waits, warm, to take the motors. */
  get standby(): boolean {
    return this.held && slots.some((slot) => this.#now[slot].phase === "warm");
  }

  /** Resolves when the motors are held, in neutral, or the first attempt at them failed; it is tried again by itself then. */
  async start(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#settleStart = resolve;
    });
    this.#look();
    void this.#supervisors.a.start().catch(() => this.#settleStart());
    await settled;
    // Begun after the first: two starting at once would make each other late, and only one of them is waited for.
    if (!this.#closing) {
      void this.#supervisors.b.start().catch(() => undefined);
    }
  }

  /** Ends both, in neutral. A process that does not let go in time is killed, and the other makes neutral before it ends too. */
  async stop(): Promise<void> {
    this.#closing = true;
    const { active } = this.#now;
    if (active !== null) {
      this.#cleanEnd = false;
      await this.#supervisors[active].stop();
      await endGroup(this.#programs[active], programEndMs, this.#options.clock);
      const other = active === "a" ? "b" : "a";
      if (!this.#cleanEnd && this.#now[other].phase === "warm") {
        this.#log.warn("the motor process did not let go, so the other makes neutral");
        await this.#neutralise(other);
      }
    }
    this.#cancelLook();
    await Promise.all([this.#supervisors.a.stop(), this.#supervisors.b.stop()]);
    this.#settleStart();
  }

  /** Passes an output on. It is dropped when nobody holds the motors or does not take it; the process's own timer then stops them. */
  apply(command: MotorCommand): void {
    // Remembered here, because the next process to hold the motors knows nothing of it.
    this.#direction = { pan: command.pan ?? this.#direction.pan, tilt: command.tilt ?? this.#direction.tilt };
    const { active } = this.#now;
    this.#hasMissed ||= !this.held && command.throttle !== 0;
    const stdin = active === null || !this.held ? null : this.#supervisors[active].child?.stdin;
    if (stdin?.writable && stdin.writableLength < maxWaitingBytes) {
      const { throttle, steer } = command;
      const { pan, tilt } = this.#direction;
      stdin.write(`${JSON.stringify({ atMs: machineMs(), throttle, steer, pan, tilt })}\n`);
    }
  }

  #supervise(slot: Slot): Supervisor {
    const { settings, clock, random } = this.#options;
    const script = fileURLToPath(new URL(`./motor-child${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
    return new Supervisor({
      name: `motors ${slot}`,
      spec: () => ({
        name: `motors ${slot}`,
        command: process.execPath,
        args: [script, JSON.stringify(settings)],
        stdin: "pipe",
        stopGraceMs,
        onLine: (line, from) => this.#hear(slot, line, from),
      }),
      ready: { kind: "line", matches: (line) => readChildMessage(line)?.kind === "ready" },
      readyTimeoutMs: 30_000,
      // One that was warm for a second is sound, and the next is wanted soon; one that can't open its hardware is tried ever more seldom.
      backoff: { firstMs: 200, maxMs: 10_000, factor: 2, jitter: 0.5, resetAfterMs: 1000 },
      clock,
      random,
      log: this.#log,
      onDied: () => void this.#bury(slot),
    });
  }

  #hear(slot: Slot, line: string, from: "stdout" | "stderr"): void {
    const message = from === "stdout" ? readChildMessage(line) : null;
    if (message === null) {
      this.#log.info({ slot, from }, line);
      return;
    }
    this.#take(slot, message);
  }

  #take(slot: Slot, message: ChildMessage): void {
    switch (message.kind) {
      case "ready":
      case "held":
        this.#programs[slot] = message.program;
        this.#dispatch({ type: message.kind === "ready" ? "warm" : "held", slot, atMs: machineMs() });
        break;
      case "beat":
        // Its own reading, not the arrival: beats that waited in the pipe while this process stood still are old.
        this.#dispatch({ type: "beat", slot, atMs: Math.min(message.atMs, machineMs()) });
        break;
      case "lost":
        this.#log.error({ slot, code: message.code, detail: message.detail }, new AppError(message.code).message);
        break;
      case "neutral":
        this.#cleanEnd ||= slot === this.#now.active;
        break;
    }
  }

  /** A process has ended by itself or was killed. Its program goes neutral at the end of its input; it must be gone before another may begin. */
  async #bury(slot: Slot): Promise<void> {
    await endGroup(this.#programs[slot], programEndMs, this.#options.clock);
    this.#programs[slot] = null;
    this.#dispatch({ type: "died", slot, atMs: machineMs() });
    this.#settleStart();
  }

  #look(): void {
    this.#dispatch({ type: "look", atMs: machineMs() });
    this.#cancelLook = this.#options.clock.after(lookEveryMs, () => this.#look());
  }

  #dispatch(event: StandbyEvent): void {
    const { next, actions } = stepStandby(this.#now, event);
    this.#now = next;
    for (const action of actions) {
      this.#perform(action);
    }
    this.#heard();
  }

  #perform(action: StandbyAction): void {
    switch (action.type) {
      case "take":
        this.#supervisors[action.slot].child?.stdin?.write(`${takeLine}\n`);
        break;
      case "kill":
        this.#log.error({ slot: action.slot, why: action.why }, "killing a motor process");
        killGroup(this.#supervisors[action.slot].child?.pid ?? null);
        break;
      case "lost":
        this.#hasMissed = true;
        this.#options.onLost();
        break;
      case "held":
        this.#log.info({ slot: action.slot }, "the motors are held, in neutral");
        this.#settleStart();
        if (this.#hasMissed) {
          this.#options.onLost();
        }
        break;
    }
  }

  async #neutralise(slot: Slot): Promise<void> {
    const held = new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(lastNeutralMs, resolve);
      this.#heard = () => {
        if (this.#now[slot].phase === "held" || this.#now[slot].phase === "down") {
          cancel();
          resolve();
        }
      };
    });
    const { active } = this.#now;
    if (active !== null) {
      this.#dispatch({ type: "died", slot: active, atMs: machineMs() });
    }
    await held;
  }
}
