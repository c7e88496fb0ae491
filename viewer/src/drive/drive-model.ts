import { buildTopic, driveLimits, stopAckSchema } from "@helmcast/config";
import { signal } from "@preact/signals";
import type { DriveModelOptions } from "./drive-model-options.ts";
import { type DriveView, firstView } from "./drive-view.ts";
import { type ArbiterState, noHands, readHand, stepArbiter } from "./inputs/arbiter.ts";
import { type DriveInput, type InputSource, isResting, restingInput } from "./inputs/drive-input.ts";
import { type KeyEvent, noKeys, readKeys, stepKeys } from "./inputs/keyboard-machine.ts";
import { noPads, stepPads } from "./inputs/pads-machine.ts";
import { endsLease, type ReleaseCause } from "./inputs/release-causes.ts";
import { parseMessage } from "./link/parse-message.ts";
import { countCommand, nextCommandMs, type StreamFacts, startStream } from "./stream/command-stream.ts";
import { shutGate, stepGate } from "./stream/latency-gate.ts";
import { LookSender } from "./stream/look-sender.ts";
import { addSeen, addSent, noRoundTrip, readRoundTrip } from "./stream/round-trip.ts";
import { noSilence, stepSilence } from "./stream/silence-machine.ts";
import { setSpeed, speedStep } from "./stream/speed-limit.ts";
import { isWaiting, noStop, type StopEvent, type StopState, stepStop } from "./stream/stop-machine.ts";
import { hearTelemetry, readTelemetry, type TelemetryState } from "./stream/telemetry-reader.ts";

/** How often the model looks while this tab drives or stops, and otherwise; and how often the panel is told, ms. */
const paceLimits = { tickMs: 10, restingTickMs: 100, viewMs: 100, retakeMs: 1000 } as const;

/** One device's controls: hands in, commands out, and what a panel draws. */
export class DriveModel {
  /** Read by the panel. */
  readonly view = signal<DriveView>(firstView);
  readonly device: string;
  readonly #options: DriveModelOptions;
  #hands: ArbiterState = noHands;
  #keys = noKeys;
  #pads = noPads;
  #settingUp = false;
  #silence = noSilence;
  #heardAtMs = 0;
  #telemetry: TelemetryState = null;
  #trip = noRoundTrip;
  #gate = shutGate;
  #stream = startStream(0);
  readonly #look: LookSender;
  #stop: StopState = noStop;
  #speed: number = driveLimits.startSpeed;
  #clearing = false;
  #lease: number | null = null;
  #released: ReleaseCause | null = null;
  #retakeAtMs = 0;
  #tickedAtMs = Number.NEGATIVE_INFINITY;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  /** @param options the stage's side of the controls */
  constructor(options: DriveModelOptions) {
    this.device = options.device;
    this.#options = options;
    this.#stream = startStream(Math.floor(options.random() * 2 ** 30));
    const topic = buildTopic({ ...options, channel: "camera" });
    this.#look = new LookSender({ send: (message) => options.link.send(topic, message), firstSeq: this.#stream.seq });
    this.#heardAtMs = options.nowMs();
  }

  /** Begins to listen and to send; ends with neutral, and gives the lease back, when `ended` is aborted. */
  open(ended: AbortSignal): void {
    const { link } = this.#options;
    const topicOf = (channel: "telemetry" | "ack"): string => buildTopic({ ...this.#options, channel });
    const stops = [
      link.listen(topicOf("telemetry"), (text) => this.#hearTelemetry(text)),
      link.listen(topicOf("ack"), (text) => this.#hearAck(text)),
      link.connected.subscribe((connected) => this.#hearLink(connected)),
      this.#options.lease.view.subscribe(() => this.#hearLease()),
      this.#options.every(paceLimits.tickMs, () => this.#tick()),
    ];
    ended.addEventListener("abort", () => {
      this.release("stage-closed");
      for (const stop of stops) {
        stop();
      }
    });
  }

  /** Takes free controls. The panel reads the outcome from `view.lease`; so for all wishes. */
  take(): void {
    void this.#options.lease.take();
  }

  /** Asks the driver to hand over. */
  ask(): void {
    void this.#options.lease.ask();
  }

  /** Takes the controls at once; for admins of the device. */
  seize(): void {
    void this.#options.lease.seize();
  }

  /** Answers who asks; false by who asked takes the ask back. */
  answer(grant: boolean): void {
    void this.#options.lease.answer(grant);
  }

  /** Lets go, and gives the controls back. */
  giveBack(): void {
    this.release("lease-lost");
    this.#options.lease.release();
  }

  /** Stops the vehicle, with or without the lease. It goes on until the device has confirmed. */
  stop(): void {
    this.release("stop");
    const id = `stop-${Math.floor(this.#options.random() * 2 ** 48).toString(36)}`;
    this.#stepStop({ type: "press", id, atMs: this.#options.nowMs() });
  }

  /** The driver clears a confirmed stop: a neutral command that says so is sent until the device is not latched any more. */
  clearStop(): void {
    this.#clearing = this.#isClearable();
    this.#tell();
  }

  /** The speed slider, 0.1 to 1. It can't rise while the vehicle moves. */
  setSpeed(wanted: number): void {
    this.#speed = setSpeed(this.#speed, wanted, this.#isMoving());
    this.#tell();
  }

  /** A key; answers whether the page shall keep it from the browser. */
  hearKey(event: KeyEvent): boolean {
    const step = stepKeys(this.#keys, event);
    this.#keys = step.state;
    if (step.stop) {
      this.stop();
    }
    this.#changeSpeed(step.speed);
    this.#hearHand("keys", readKeys(this.#keys));
    // A held Space repeats: none of them may press the button that has the focus.
    return step.taken && (event.code === "Space" || this.#lease !== null);
  }

  /** The touch stick: what it wants, shaped already. */
  hearStick(input: DriveInput): void {
    this.#hearHand("stick", input);
  }

  /** Whether a gamepad is being set up: what is pushed then drives nothing, and what is still held at the end has to rest first. */
  setUpPad(isOpen: boolean): void {
    this.#settingUp = isOpen;
  }

  /** Lets go of everything at once; hands count again after they rested. The neutral commands go out now. */
  release(cause: ReleaseCause): void {
    const held = !isResting(readHand(this.#hands));
    this.#hands = stepArbiter(this.#hands, { type: "release-all" });
    this.#keys = noKeys;
    this.#hands = stepArbiter(this.#hands, { type: "input", source: "keys", input: restingInput });
    this.#clearing = false;
    this.#released = held ? cause : this.#released;
    this.#pump();
    if (endsLease(cause)) {
      this.#options.lease.release();
    }
    this.#tell();
  }

  #hearLink(connected: boolean): void {
    if (connected) {
      // A new connection has its own time to bring something.
      this.#heardAtMs = this.#options.nowMs();
    } else {
      this.release("link-lost");
    }
  }

  #hearHand(source: InputSource, input: DriveInput): void {
    const before = this.#hands;
    this.#hands = stepArbiter(this.#hands, { type: "input", source, input });
    if (before.active === null && this.#hands.active !== null) {
      this.#released = null;
    }
    if (before !== this.#hands) {
      this.#pump();
    }
  }

  #hearTelemetry(text: string): void {
    const nowMs = this.#options.nowMs();
    const before = this.#telemetry;
    this.#telemetry = hearTelemetry(before, text, nowMs);
    if (this.#telemetry === null || this.#telemetry === before) {
      return;
    }
    this.#heardAtMs = nowMs;
    const { lastSeq, phase, stampMs, refused } = this.#telemetry.newest;
    this.#trip = addSeen(this.#trip, lastSeq, nowMs);
    this.#clearing = this.#clearing && phase === "latched";
    this.#stepStop({ type: "telemetry", latched: phase === "latched", stampMs });
    this.#retake(refused, nowMs);
  }

  /**
   * A device that was away for longer than the lease lives has ended it, and a number that ended there never comes back. Whoever still holds the
   * lease at the gateway gets a new number by taking it again; anybody else is refused.
   */
  #retake(refused: string | null, nowMs: number): void {
    if (this.#lease !== null && nowMs >= this.#retakeAtMs && (refused === "no-lease" || refused === "old-lease")) {
      this.#retakeAtMs = nowMs + paceLimits.retakeMs;
      this.take();
    }
  }

  #hearAck(text: string): void {
    const ack = parseMessage(stopAckSchema, text);
    if (ack !== null) {
      this.#stepStop({ type: "ack", id: ack.id, stampMs: ack.stampMs });
    }
  }

  #hearLease(): void {
    const { lease, lost } = this.#options.lease.view.value;
    const before = this.#lease;
    if (lease === before) {
      this.#tell();
      return;
    }
    this.#lease = lease;
    this.#retakeAtMs = this.#options.nowMs() + paceLimits.retakeMs;
    this.#trip = noRoundTrip;
    this.#gate = shutGate;
    if (lease !== null) {
      this.#options.feel("taken");
    } else if (lost !== null) {
      this.#options.feel("lost");
    }
    // A hand that lay on the controls before they were this tab's must rest first.
    this.release("lease-lost");
  }

  #tick(): void {
    const nowMs = this.#options.nowMs();
    // At every tick, for everybody: a short press of the stop button is over before the next slow look.
    this.#readPads();
    if (this.#lease === null && this.#stop.phase === "idle" && nowMs - this.#tickedAtMs < paceLimits.restingTickMs) {
      return;
    }
    this.#tickedAtMs = nowMs;
    if (this.#lease !== null) {
      this.#options.lease.judge();
    }
    this.#stepStop({ type: "tick", atMs: nowMs });
    this.#doubtSilence(nowMs);
    this.#gate = stepGate(this.#gate, { nowMs, pictureMs: this.#options.pictureAgeMs(), commandMs: readRoundTrip(this.#trip, nowMs) });
    if (this.#gate.share === 0 && this.#lease !== null && readHand(this.#hands).throttle !== 0) {
      this.release("gate-shut");
    }
    this.#pump();
    this.#turnCamera(nowMs);
    if (nowMs - this.#toldAtMs >= paceLimits.viewMs) {
      this.#tell();
    }
  }

  #readPads(): void {
    const { readPads, readCalibration } = this.#options;
    const pads = readPads();
    if (pads.length === 0 && this.#pads.known.length === 0) {
      return;
    }
    const step = stepPads(
      this.#pads,
      pads.map((pad) => ({ pad, calibration: readCalibration(pad.id) })),
    );
    this.#pads = step.state;
    if (step.stop) {
      this.stop();
    }
    if (step.isGone) {
      // Browsers may empty their list before they tell of it.
      this.release("gamepaddisconnected");
    }
    if (this.#settingUp && !isResting(step.input)) {
      this.#hands = stepArbiter(this.#hands, { type: "lock", source: "pad" });
    }
    this.#changeSpeed(this.#settingUp ? 0 : step.speed);
    this.#hearHand("pad", step.input);
  }

  /** A connection whose other end is gone looks well for many seconds: whoever drives, drove until answers failed, or stops, waits less. */
  #doubtSilence(nowMs: number): void {
    const { link, lease } = this.#options;
    const matters = this.#lease !== null || lease.view.value.lost === "not-renewed" || isWaiting(this.#stop);
    const isExpected = matters && link.connected.value;
    const step = stepSilence(this.#silence, { nowMs, heardAtMs: this.#heardAtMs, isExpected });
    this.#silence = step.state;
    if (step.renew) {
      link.refresh();
      this.#tell();
    }
  }

  #changeSpeed(direction: -1 | 0 | 1): void {
    if (direction !== 0) {
      this.setSpeed(this.#speed + direction * speedStep);
    }
  }

  #stepStop(event: StopEvent): void {
    const { state, publish } = stepStop(this.#stop, event);
    const changed = state.phase !== this.#stop.phase;
    this.#stop = state;
    if (publish !== null) {
      this.#options.link.sendSurely(buildTopic({ ...this.#options, channel: "estop" }), { v: 1, id: publish });
    }
    if (changed && state.phase === "confirmed") {
      this.#options.feel("stop-confirmed");
    }
    if (changed) {
      this.#tell();
    }
  }

  /** Sends a command when one is due. */
  #pump(): void {
    const nowMs = this.#options.nowMs();
    const telemetry = readTelemetry(this.#telemetry, nowMs);
    const hand = this.#isStopped() ? restingInput : readHand(this.#hands);
    const facts: StreamFacts = { nowMs, hasLease: this.#lease !== null, active: !isResting(hand), stampMs: telemetry?.stampMs ?? null };
    const dueMs = nextCommandMs(this.#stream, facts);
    if (telemetry === null || dueMs === null || nowMs < dueMs) {
      return;
    }
    const throttle = hand.throttle * this.#speed * telemetry.drive.maxThrottle * this.#gate.share;
    const frameAgeMs = this.#options.pictureAgeMs();
    const clear = this.#clearing ? { clearStop: true } : {};
    const envelope = { v: 1, lease: this.#lease, seq: this.#stream.seq, echo: telemetry.stampMs, frameAgeMs, ...clear };
    const topic = buildTopic({ ...this.#options, channel: "cmd" });
    const sent = this.#options.link.send(topic, { throttle: throttle || 0, steer: hand.steer, ...envelope });
    if (sent) {
      this.#trip = addSent(this.#trip, this.#stream.seq, nowMs);
    }
    this.#stream = countCommand(this.#stream, facts, sent);
  }

  #turnCamera(nowMs: number): void {
    const hand = this.#lease === null || this.#isStopped() ? restingInput : readHand(this.#hands);
    this.#look.turn({ nowMs, hand, telemetry: readTelemetry(this.#telemetry, nowMs), lease: this.#lease });
  }

  /** While a stop is under way or latched nothing but neutral leaves. */
  #isStopped(): boolean {
    const latched = readTelemetry(this.#telemetry, this.#options.nowMs())?.phase === "latched";
    return latched || isWaiting(this.#stop);
  }

  #isClearable(): boolean {
    const latched = readTelemetry(this.#telemetry, this.#options.nowMs())?.phase === "latched";
    return latched && this.#lease !== null && !isWaiting(this.#stop);
  }

  #isMoving(): boolean {
    const telemetry = readTelemetry(this.#telemetry, this.#options.nowMs());
    return (telemetry?.throttle ?? 0) !== 0 || (this.#lease !== null && readHand(this.#hands).throttle !== 0);
  }

  #tell(): void {
    const nowMs = this.#options.nowMs();
    const telemetry = readTelemetry(this.#telemetry, nowMs);
    const lease = this.#options.lease.view.value;
    this.#toldAtMs = nowMs;
    this.view.value = {
      connected: this.#options.link.connected.value,
      renewing: this.#silence.tries > 0,
      telemetry,
      lease,
      driver: telemetry?.driver ?? lease.holder,
      cause: telemetry?.cause ?? null,
      gate: { share: this.#gate.share, reason: this.#gate.reason },
      commandMs: readRoundTrip(this.#trip, nowMs),
      speed: this.#speed,
      moving: this.#isMoving(),
      stop: this.#stop,
      latched: telemetry?.phase === "latched",
      clearable: this.#isClearable(),
      clearing: this.#clearing,
      hand: readHand(this.#hands),
      source: this.#hands.active,
      released: this.#released,
      pad: this.#pads.ready,
    };
  }
}
