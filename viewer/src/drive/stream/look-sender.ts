import type { Telemetry } from "@helmcast/config";
import { type LookHand, type LookState, lookLimits, stepLook } from "./look-machine.ts";

/** What a sender needs. `send` answers whether the message was handed on; `firstSeq` is any whole number of at least 0. */
export type LookSenderOptions = { readonly send: (message: object) => boolean; readonly firstSeq: number };

/** What holds now. `lease` is the driver's fencing number, null for who does not drive; `telemetry` is null when the device is silent. */
export type LookFacts = {
  readonly nowMs: number;
  readonly hand: LookHand;
  readonly telemetry: Telemetry | null;
  readonly lease: number | null;
};

/** Tells the camera where to look while a hand turns it, and nothing at rest. */
export class LookSender {
  readonly #options: LookSenderOptions;
  #look: LookState = null;
  #seq: number;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  /** @param options see {@link LookSenderOptions} */
  constructor(options: LookSenderOptions) {
    this.#options = options;
    this.#seq = options.firstSeq;
  }

  /** Moves the aim on until now, and sends it when it is time. A message that was not taken makes room for the next one, which is newer. */
  turn({ nowMs, hand, telemetry, lease }: LookFacts): void {
    this.#look = stepLook(this.#look, hand, telemetry, nowMs);
    if (this.#look?.turning !== true || telemetry === null || nowMs - this.#sentAtMs < lookLimits.everyMs) {
      return;
    }
    const { pan, tilt } = this.#look;
    if (this.#options.send({ v: 1, lease, seq: this.#seq, echo: telemetry.stampMs, pan, tilt })) {
      this.#seq += 1;
      this.#sentAtMs = nowMs;
    }
  }
}
