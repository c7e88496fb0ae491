import { blackBoxLimits } from "@helmcast/config";
import type { Log, Service } from "@helmcast/runtime";
import type { BlackBox } from "./black-box.ts";

/** Longest time for packing and sending, ms: the relay waits for the beginning, and lets a request take 20 s. A megabyte then needs 400 kbit/s. */
const timeoutMs = blackBoxLimits.answerMs + 20_000;

/** What sending needs. `readToken` gives the device's own token, null when there is none that is good. */
export type BlackBoxSenderOptions = {
  readonly box: Pick<BlackBox, "pack">;
  readonly relayUrl: string;
  readonly readToken: () => string | null;
  readonly log: Log;
};

/** What became of a request. */
export type SendOutcome = "sent" | "busy" | "no-token" | "failed";

/** Sends the black box to the relay when it asks. One at a time; a request meanwhile is passed over, and the person there hears that nothing came. */
export class BlackBoxSender implements Service {
  readonly name = "black box";
  readonly #options: BlackBoxSenderOptions;
  readonly #log: Log;
  readonly #abort = new AbortController();
  #busy = false;

  /** @param options see {@link BlackBoxSenderOptions} */
  constructor(options: BlackBoxSenderOptions) {
    this.#options = options;
    this.#log = options.log.child({ part: "black box" });
  }

  /** Nothing to begin: it waits to be asked. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends a running upload. */
  async stop(): Promise<void> {
    this.#abort.abort();
  }

  /** Sends to a path of the relay, which names a request of a person. Never rejects; what went wrong is in the log. */
  async send(path: string): Promise<SendOutcome> {
    if (this.#busy) {
      return "busy";
    }
    this.#busy = true;
    try {
      const outcome = await this.#upload(path);
      this.#log.info({ outcome }, "the black box was asked for");
      return outcome;
    } catch (error) {
      this.#log.warn({ reason: error instanceof Error ? error.message : String(error) }, "the black box could not be sent");
      return "failed";
    } finally {
      this.#busy = false;
    }
  }

  async #upload(path: string): Promise<SendOutcome> {
    const { box, relayUrl, readToken } = this.#options;
    const token = readToken();
    if (token === null) {
      return "no-token";
    }
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]);
    const body = await box.pack();
    const response = await fetch(new URL(path, relayUrl), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/gzip" },
      body: new Uint8Array(body),
      // The token goes nowhere but to the relay itself.
      redirect: "error",
      signal,
    });
    await response.body?.cancel();
    if (!response.ok) {
      this.#log.warn({ status: response.status }, "the relay did not take the black box");
      return "failed";
    }
    return "sent";
  }
}
