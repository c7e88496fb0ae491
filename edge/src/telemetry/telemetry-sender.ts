import type { Telemetry } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import { initialPace, nextTelemetryMs, noteTry, type PaceState } from "./telemetry-pace.ts";

/** What the sender needs. `send` gives false when the link is down or behind; nothing is kept for it then. */
export type TelemetrySenderOptions = {
  readonly clock: Clock;
  readonly build: () => Telemetry;
  readonly isLively: () => boolean;
  readonly send: (text: string) => boolean;
};

/** Sends the device's state of the moment, at its pace, and never an older one. */
export class TelemetrySender {
  readonly #options: TelemetrySenderOptions;
  #pace: PaceState = initialPace;
  #active = false;
  #cancel: () => void = () => undefined;

  /** @param options see {@link TelemetrySenderOptions} */
  constructor(options: TelemetrySenderOptions) {
    this.#options = options;
  }

  /** Begins. */
  start(): void {
    this.#active = true;
    this.#sendDue();
  }

  /** Something changed: `isNews` when people shall hear of it at once; else only the pace may have changed. */
  changed(isNews: boolean): void {
    this.#pace = isNews ? { ...this.#pace, hasNews: true, failed: false } : this.#pace;
    this.#sendDue();
  }

  /** Ends; nothing waits. */
  stop(): void {
    this.#active = false;
    this.#cancel();
  }

  #sendDue(): void {
    this.#cancel();
    if (!this.#active) {
      return;
    }
    const { clock, build, isLively, send } = this.#options;
    if (clock.monotonicMs() >= nextTelemetryMs(this.#pace, isLively())) {
      const telemetry = build();
      this.#pace = noteTry(this.#pace, send(JSON.stringify(telemetry)), telemetry.stampMs);
    }
    const waitMs = Math.max(1, nextTelemetryMs(this.#pace, isLively()) - clock.monotonicMs());
    this.#cancel = clock.after(waitMs, () => this.#sendDue());
  }
}
