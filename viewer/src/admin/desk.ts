import { signal } from "@preact/signals";
import { text } from "../i18n/language.ts";
import type { ApiFailure, ApiRequest } from "../session/api-client.ts";
import type { Call } from "../session/authorized-call.ts";
import { sayFailure } from "../ui/say-failure.ts";
import { type AdminWords, words } from "./words.ts";

/** The last result, said in the page's live region. `turn` tells two equal ones apart. */
export type News = { readonly sentence: string; readonly bad: boolean; readonly turn: number };

/** How long a result stays on the screen, in ms. A failure stays until the next result. */
const newsMs = 6000;

/** Pure: one sentence for a refused change. */
export function sayRefusal(words: AdminWords, failure: ApiFailure): string {
  const own = failure.kind === "refused" ? Object.entries(words.refusals).find(([code]) => code === failure.code)?.[1] : undefined;
  return own ?? sayFailure(text.value, failure, navigator.onLine);
}

/** What the sections work with: requests in the person's name, and results told aloud. */
export class Desk {
  /** Read by the live region. */
  readonly news = signal<News>({ sentence: "", bad: false, turn: 0 });
  readonly call: Call;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param call sends requests in the name of whoever is signed in
   * @param onForbidden called when the gateway says that the person may not do something that the page offered
   */
  constructor(call: Call, onForbidden: () => void) {
    this.call = async (request) => {
      const result = await call(request);
      if (!result.ok && result.failure.kind === "refused" && result.failure.code === "HC_GATEWAY_FORBIDDEN") {
        onForbidden();
      }
      return result;
    };
  }

  /** Tells a result. */
  say(sentence: string, bad = false): void {
    clearTimeout(this.#timer);
    this.news.value = { sentence, bad, turn: this.news.value.turn + 1 };
    if (!bad) {
      this.#timer = setTimeout(() => this.quiet(), newsMs);
    }
  }

  /** Takes the last result off the screen. */
  quiet(): void {
    clearTimeout(this.#timer);
    this.news.value = { ...this.news.value, sentence: "" };
  }

  /** Sends a change and tells how it went. Null is a failure, which has been told. */
  async change<Value>(request: Omit<ApiRequest<Value>, "token">, said: string): Promise<Value | null> {
    const result = await this.call(request);
    if (!result.ok) {
      this.say(sayRefusal(words.value, result.failure), true);
      return null;
    }
    this.say(said);
    return result.value;
  }
}
