import { type BlackBoxRequest, blackBoxRequestSchema, type Channel, type StopAck } from "@helmcast/config";
import type { DriveSettings } from "@helmcast/config/load";
import type { Clock, Log, Service } from "@helmcast/runtime";
import { describeDrive } from "../motors/describe-drive.ts";
import { buildTelemetry, isLively, isNews } from "../telemetry/build-telemetry.ts";
import { TelemetrySender } from "../telemetry/telemetry-sender.ts";
import type { BlockCause } from "../watchdog/watchdog-machine.ts";
import { beginDrive, type DriveEvent, type DriveState, type MotorOutput, nextTickMs, readOutput, stepDrive } from "./drive-machine.ts";
import type { LinkMessage } from "./mqtt-link.ts";
import { parseJsonBounded } from "./parse-json.ts";

/** How an answer leaves: telemetry may be dropped, a confirmation is of QoS 1. False when it could not leave. */
export type Say = (channel: Extract<Channel, "telemetry" | "ack">, text: string) => boolean;

/** The motors as driving sees them. */
export type DriveMotors = { start(): Promise<void>; stop(): Promise<void>; apply(output: MotorOutput): void };

/** What driving needs. `clock` is the machine's monotonic one, so that stamps mean the same in all processes and runs. */
export type DriveOptions = {
  readonly settings: DriveSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes the motors; `onLost` is to be called when they are lost. */
  readonly createMotors: (onLost: () => void) => DriveMotors;
  readonly say: Say;
  /** What keeps the vehicle standing in this moment, besides a link that is down. Asked often. */
  readonly readBlocks?: () => ReadonlyArray<Exclude<BlockCause, "link-down">>;
  /** Hears of every event and of the state after it. */
  readonly record?: (event: DriveEvent, state: DriveState) => void;
  /** The gateway asks for the black box. */
  readonly onBlackBox?: (request: BlackBoxRequest) => void;
};

/** Refusals are written to the log at most this often, ms: good and bad commands in turn would fill it. */
const minRefusalGapMs = 1000;

/** How often it is looked at what may block the vehicle, ms: while it may move, and while it stands. */
const drivingLookMs = 10;
const restingLookMs = 100;

/** How often the agent shows that it is awake, ms. More often than that would fill the black box. */
const turnEveryMs = 25;

/** From a message to the motors: the thin shell around {@link stepDrive}, with one timer for what silence changes and one that turns. */
export class Drive implements Service {
  readonly name = "drive";
  readonly #options: DriveOptions;
  readonly #log: Log;
  readonly #motors: DriveMotors;
  readonly #telemetry: TelemetrySender;
  #state: DriveState;
  /** Until the link says so it is not: what was said before it was heard counts for nothing. */
  #isLinkUp = false;
  #appliedThrottle = 0;
  #closed = false;
  #refusalSaidAtMs = Number.NEGATIVE_INFINITY;
  #cancelTick: () => void = () => undefined;
  #cancelTurn: () => void = () => undefined;

  /** @param options see {@link DriveOptions} */
  constructor(options: DriveOptions) {
    const { settings, clock, say } = options;
    this.#options = options;
    this.#log = options.log.child({ part: "drive" });
    const { kind, maxThrottle, look } = describeDrive(settings);
    this.#state = beginDrive({ acceptBare: settings.acceptBare, maxThrottle, look }, clock.monotonicMs());
    this.#telemetry = new TelemetrySender({
      clock,
      build: () => buildTelemetry(this.#state, kind, clock.monotonicMs()),
      isLively: () => isLively(this.#state),
      send: (text) => say("telemetry", text),
    });
    this.#motors = options.createMotors(() => this.#fault("motors-lost"));
  }

  /** Starts the motor process. Commands move nothing before that. */
  async start(): Promise<void> {
    this.#turn();
    this.#telemetry.start();
    await this.#motors.start();
  }

  /** Neutral first, then the end of the motor process. */
  async stop(): Promise<void> {
    this.neutralise();
    await this.#motors.stop();
  }

  /** Neutral at once and for good: nothing that comes later arms it again, and no timer is left. For the agent's end, also an unforeseen one. */
  neutralise(): void {
    if (!this.#closed) {
      this.#fault("agent-exit");
      this.#closed = true;
      this.#cancelTick();
      this.#cancelTurn();
      this.#telemetry.stop();
    }
  }

  /** Takes a message from `cmd`, `camera`, `estop` or `lease`. Any message on `estop` stops, readable or not: stopping is always safe. */
  takeMessage({ channel, payload, retained }: LinkMessage): void {
    if (channel !== "cmd" && channel !== "camera" && channel !== "estop" && channel !== "lease") {
      return;
    }
    const json = parseJsonBounded(payload);
    const request = channel === "lease" && !retained ? blackBoxRequestSchema.safeParse(json) : null;
    if (request?.success === true) {
      this.#options.onBlackBox?.(request.data);
      return;
    }
    this.#checkBlocks();
    this.#step({ type: "message", channel, message: { json, retained, atMs: this.#options.clock.monotonicMs() } });
  }

  /** The link came up or went down; down is neutral at once, and nothing arms the vehicle while it lasts. */
  takeLink(up: boolean): void {
    this.#isLinkUp = up;
    this.#checkBlocks();
    this.#telemetry.changed(up);
  }

  #fault(cause: "motors-lost" | "agent-exit"): void {
    this.#step({ type: "fault", cause, atMs: this.#options.clock.monotonicMs() });
  }

  #checkBlocks(): void {
    const causes: BlockCause[] = [...(this.#isLinkUp ? [] : ["link-down" as const]), ...(this.#options.readBlocks?.() ?? [])];
    const known = this.#state.watchdog.blocks;
    if (causes.length !== known.length || causes.some((cause, index) => cause !== known[index])) {
      this.#step({ type: "blocked", causes, atMs: this.#options.clock.monotonicMs() });
    }
  }

  #turn(): void {
    const atMs = this.#options.clock.monotonicMs();
    if (atMs - this.#state.turnAtMs >= turnEveryMs) {
      this.#step({ type: "turn", atMs });
    }
    this.#checkBlocks();
    this.#planTurn(this.#isDriven() ? drivingLookMs : restingLookMs);
  }

  #planTurn(waitMs: number): void {
    this.#cancelTurn();
    if (!this.#closed) {
      this.#cancelTurn = this.#options.clock.after(waitMs, () => this.#turn());
    }
  }

  #isDriven(): boolean {
    return this.#state.watchdog.phase === "armed" || this.#state.watchdog.phase === "held";
  }

  #step(event: DriveEvent): void {
    if (this.#closed) {
      return;
    }
    const before = this.#state;
    const wasDriven = this.#isDriven();
    const { state, apply, stopId } = stepDrive(before, event);
    this.#state = state;
    if (apply) {
      this.#apply(readOutput(state));
    }
    if (stopId !== null) {
      this.#confirmStop(stopId);
    }
    this.#options.record?.(event, state);
    this.#tell(before, state, event);
    this.#schedule();
    if (!wasDriven && this.#isDriven()) {
      this.#planTurn(drivingLookMs);
    }
  }

  /** The motors' own guard stops after a pause and takes throttle only after a line without any, so one goes before every start from 0. */
  #apply(output: MotorOutput): void {
    if (output.throttle !== 0 && this.#appliedThrottle === 0) {
      this.#motors.apply({ ...output, throttle: 0 });
    }
    this.#motors.apply(output);
    this.#appliedThrottle = output.throttle;
  }

  #confirmStop(id: string): void {
    const ack: StopAck = { v: 1, kind: "stopped", id, stampMs: this.#options.clock.monotonicMs() };
    this.#options.say("ack", JSON.stringify(ack));
  }

  #tell(before: DriveState, state: DriveState, event: DriveEvent): void {
    if (state.watchdog.phase !== before.watchdog.phase) {
      this.#log.info({ from: before.watchdog.phase, to: state.watchdog.phase, cause: state.watchdog.cause }, "drive");
    }
    const { refused } = state;
    if (
      event.type === "message" &&
      refused !== null &&
      refused !== before.refused &&
      state.nowMs - this.#refusalSaidAtMs >= minRefusalGapMs
    ) {
      this.#refusalSaidAtMs = state.nowMs;
      this.#log.warn({ reason: refused }, "drive commands are refused");
    }
    const hasNews = isNews(before, state);
    if (hasNews || isLively(state) !== isLively(before)) {
      this.#telemetry.changed(hasNews);
    }
  }

  #schedule(): void {
    this.#cancelTick();
    const dueMs = nextTickMs(this.#state);
    if (dueMs !== null) {
      const waitMs = Math.max(1, dueMs - this.#options.clock.monotonicMs());
      this.#cancelTick = this.#options.clock.after(waitMs, () => this.#step({ type: "tick", atMs: this.#options.clock.monotonicMs() }));
    }
  }
}
