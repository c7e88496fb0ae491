import { type CameraInfo, cameraListSchema, routes } from "@helmcast/config";
import { signal } from "@preact/signals";
import type { ApiClient, ApiFailure } from "../session/api-client.ts";

/** The cameras that this account may see. `failure` is why the newest try brought nothing; the last list stays shown. */
export type CameraListState = { readonly cameras: readonly CameraInfo[] | null; readonly failure: ApiFailure | null };

/** What the list needs of the page. */
export type CameraListOptions = {
  readonly api: ApiClient;
  readonly token: () => string;
  /** Called on a 401; true when somebody is signed in afterwards. */
  readonly renew: () => Promise<boolean>;
};

/** Fetches the camera list, on demand and at a pace that the open page sets. */
export class CameraList {
  /** Read by the pages. */
  readonly state = signal<CameraListState>({ cameras: null, failure: null });
  readonly #options: CameraListOptions;
  #asked = 0;
  #answered = 0;

  /** @param options the page's side of the list */
  constructor(options: CameraListOptions) {
    this.#options = options;
  }

  /** Asks once. On a 401 the session is renewed and the question repeated once. An answer that a newer one overtook is left out. */
  async refresh(): Promise<CameraListState> {
    this.#asked += 1;
    const turn = this.#asked;
    let result = await this.#ask();
    if (!result.ok && result.failure.kind === "refused" && result.failure.status === 401 && (await this.#options.renew())) {
      result = await this.#ask();
    }
    if (turn < this.#answered) {
      return this.state.value;
    }
    this.#answered = turn;
    this.state.value = result.ok ? { cameras: result.value, failure: null } : { ...this.state.value, failure: result.failure };
    return this.state.value;
  }

  /** Forgets everything, answers on their way too: another account may see other cameras. */
  clear(): void {
    this.#asked += 1;
    this.#answered = this.#asked;
    this.state.value = { cameras: null, failure: null };
  }

  #ask() {
    return this.#options.api({ method: "GET", path: routes.cameras, schema: cameraListSchema, token: this.#options.token() });
  }
}

/** Repeats `run` after `everyMs()` milliseconds, one run at a time, until `signal` is aborted. Pauses while the page is hidden. */
export async function pollUntil(signal: AbortSignal, everyMs: () => number, run: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    if (document.visibilityState === "visible") {
      await run();
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, everyMs());
      function finish(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        resolve();
      }
      signal.addEventListener("abort", finish, { once: true });
    });
  }
}
