import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import type { DeviceToken } from "./fetch-token.ts";
import { refusedRetry, relayRetry, renewAfterMs, retryDelayMs } from "./retry-delay.ts";

/** What the token keeper needs. */
export type DeviceTokensOptions = {
  /** @throws AppError */
  readonly fetchToken: (signal: AbortSignal) => Promise<DeviceToken>;
  /** A text that changes when the device's secret may have; looked at while the relay refuses the device. */
  readonly markSecret?: () => Promise<string>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** A renewal that somebody asks for is done at most this often, ms. */
const minRenewGapMs = 5000;

/** While the relay refuses the device, its secret is looked at this often, ms: whoever enrols it again waits for it to come back. */
const lookForSecretMs = 2000;

/** Keeps a fresh token: fetches one, renews it before it expires, and tries again as long as the relay is away. */
export class DeviceTokens {
  readonly name = "device tokens";
  readonly #options: DeviceTokensOptions;
  readonly #log: Log;
  readonly #listeners = new Set<(token: DeviceToken) => void>();
  readonly #abort = new AbortController();
  #token: DeviceToken | null = null;
  #expiresAtMs = 0;
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #lastSaid = "";
  #busy = false;
  #cancelTimer: () => void = () => undefined;
  #cancelLook: () => void = () => undefined;

  /** @param options fetcher, clock, random, log */
  constructor(options: DeviceTokensOptions) {
    this.#options = options;
    this.#log = options.log.child({ part: "tokens" });
  }

  /** Begins; does not wait for the first token, because the relay may come later. */
  async start(): Promise<void> {
    void this.#attempt();
  }

  /** Ends; a running request is cut. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#cancelTimer();
    this.#cancelLook();
    this.#listeners.clear();
  }

  /** The token, or null when there is none that is still good. */
  current(): DeviceToken | null {
    return this.#options.clock.monotonicMs() < this.#expiresAtMs ? this.#token : null;
  }

  /** Calls `listener` with every new token, and at once when there is one. The returned function takes it off again. */
  onToken(listener: (token: DeviceToken) => void): () => void {
    this.#listeners.add(listener);
    const token = this.current();
    if (token !== null) {
      listener(token);
    }
    return () => void this.#listeners.delete(listener);
  }

  /** Somebody was refused with the current token: fetch another soon, at most every 5 s. */
  renew(reason: string): void {
    const sinceMs = this.#options.clock.monotonicMs() - this.#fetchedAtMs;
    if (this.#busy || this.#abort.signal.aborted || this.#failures > 0) {
      return;
    }
    this.#log.info({ reason }, "renewing the device's token");
    this.#schedule(Math.max(0, minRenewGapMs - sinceMs));
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(delayMs, () => void this.#attempt());
  }

  async #attempt(): Promise<void> {
    if (this.#busy || this.#abort.signal.aborted) {
      return;
    }
    this.#busy = true;
    this.#cancelLook();
    const mark = await this.#markSecret();
    try {
      this.#accept(await this.#options.fetchToken(this.#abort.signal));
    } catch (error) {
      this.#fail(error, mark);
    } finally {
      this.#busy = false;
    }
  }

  #accept(token: DeviceToken): void {
    if (this.#abort.signal.aborted) {
      return;
    }
    const nowMs = this.#options.clock.monotonicMs();
    this.#token = token;
    this.#fetchedAtMs = nowMs;
    this.#expiresAtMs = nowMs + token.lifetimeMs;
    this.#failures = 0;
    this.#lastSaid = "";
    this.#log.info({ lifetimeMs: token.lifetimeMs, site: token.site }, "the relay accepted this device");
    this.#schedule(renewAfterMs(token.lifetimeMs));
    for (const listener of this.#listeners) {
      listener(token);
    }
  }

  #fail(error: unknown, mark: string): void {
    if (this.#abort.signal.aborted) {
      return;
    }
    this.#failures += 1;
    const refused = error instanceof AppError && !error.code.startsWith("HC_EDGE_RELAY_");
    if (refused) {
      // The token of a device that was taken out is worth nothing either; cameras that have none wait and try nothing.
      this.#token = null;
      this.#lookLater(mark);
    }
    const delayMs = retryDelayMs(refused ? refusedRetry : relayRetry, this.#failures, this.#options.random());
    const sentence = error instanceof Error ? error.message : String(error);
    const level = sentence === this.#lastSaid ? "debug" : "warn";
    this.#lastSaid = sentence;
    this.#log[level]({ code: error instanceof AppError ? error.code : undefined, retryInMs: Math.round(delayMs) }, sentence);
    this.#schedule(delayMs);
  }

  /** Tries at once when the secret is another than the one that was refused. */
  #lookLater(refusedMark: string): void {
    this.#cancelLook = this.#options.clock.after(lookForSecretMs, async () => {
      const mark = await this.#markSecret();
      if (this.#abort.signal.aborted || this.#busy) {
        return;
      }
      if (mark === refusedMark) {
        this.#lookLater(refusedMark);
        return;
      }
      this.#log.info("the device's secret has changed");
      this.#schedule(0);
    });
  }

  async #markSecret(): Promise<string> {
    return (await this.#options.markSecret?.()) ?? "";
  }
}
