import { type Signal, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pollUntil } from "../cameras/camera-list.ts";
import type { ApiFailure, ApiResult } from "../session/api-client.ts";

/** A list of the gateway. `failure` is why the newest try brought nothing; the last answer stays shown. */
export type RemoteState<Value> = { readonly value: Value | null; readonly failure: ApiFailure | null };

/** Keeps the newest answer to one question. */
export class Remote<Value> {
  /** Read by the pages. */
  readonly state: Signal<RemoteState<Value>> = signal({ value: null, failure: null });
  readonly #ask: () => Promise<ApiResult<Value>>;
  #asked = 0;
  #answered = 0;

  /** @param ask sends the question once */
  constructor(ask: () => Promise<ApiResult<Value>>) {
    this.#ask = ask;
  }

  /** Asks once. An answer that a newer one overtook is left out. */
  async refresh(): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    const result = await this.#ask();
    if (turn < this.#answered) {
      return;
    }
    this.#answered = turn;
    this.state.value = result.ok ? { value: result.value, failure: null } : { ...this.state.peek(), failure: result.failure };
  }
}

/** Asks at once and then every `everyMs`, while the page can be seen and the component stands. */
export function useRemote<Value>(ask: () => Promise<ApiResult<Value>>, everyMs: number): Remote<Value> {
  const { value: remote } = useSignal(new Remote(ask));
  useEffect(() => {
    const abort = new AbortController();
    void pollUntil(
      abort.signal,
      () => everyMs,
      () => remote.refresh(),
    );
    return () => abort.abort();
  }, [remote, everyMs]);
  return remote;
}
