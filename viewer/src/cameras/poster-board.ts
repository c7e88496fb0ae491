import type { CameraInfo } from "@helmcast/config";
import { signal } from "@preact/signals";
import { pollUntil } from "./camera-list.ts";
import { judgePoster, pickPoster, posterLimits } from "./poster-rules.ts";

/** One still picture. It is at most as old as the time since `askedAtMs` and the relay's wait between two pictures (0.1 s). */
export type Poster = { readonly url: string; readonly askedAtMs: number };

/** What the board needs of the page. `nowMs` is monotonic. */
export type PosterBoardOptions = {
  readonly cameras: () => readonly CameraInfo[];
  readonly fetchFrom: typeof fetch;
  readonly nowMs: () => number;
};

/** Keeps one still picture of each online camera, one request at a time, while the page can be seen. */
export class PosterBoard {
  /** Read by the tiles, by camera path. */
  readonly posters = signal<ReadonlyMap<string, Poster>>(new Map());
  readonly #options: PosterBoardOptions;
  readonly #abort = new AbortController();
  readonly #triedAtMs = new Map<string, number>();

  /** @param options the page's side of the board */
  constructor(options: PosterBoardOptions) {
    this.#options = options;
  }

  /** Begins to ask for pictures. */
  open(): void {
    const beginAtMs = this.#options.nowMs() + posterLimits.firstAfterMs;
    void pollUntil(
      this.#abort.signal,
      () => posterLimits.pauseMs,
      () => (this.#options.nowMs() < beginAtMs ? Promise.resolve() : this.refreshNext()),
    );
  }

  /** Ends the asking and gives every picture's memory back. */
  close(): void {
    this.#abort.abort();
    this.#keepOnly(() => false);
  }

  /** Drops what may not be shown any more, and asks for the one picture that is due. */
  async refreshNext(): Promise<void> {
    const { cameras, nowMs } = this.#options;
    const online = new Set(cameras().flatMap((camera) => (camera.online ? [camera.path] : [])));
    this.#keepOnly((path, { askedAtMs }) => online.has(path) && judgePoster(nowMs() - askedAtMs) !== "gone");
    for (const path of [...this.#triedAtMs.keys()].filter((tried) => !online.has(tried))) {
      this.#triedAtMs.delete(path);
    }
    const due = pickPoster(cameras(), this.#triedAtMs, nowMs());
    if (due === null) {
      return;
    }
    const askedAtMs = nowMs();
    this.#triedAtMs.set(due.path, askedAtMs);
    const picture = await this.#fetchPicture(due.urls.snapshot);
    if (picture !== null && !this.#abort.signal.aborted) {
      this.#put(due.path, { url: URL.createObjectURL(picture), askedAtMs });
    }
  }

  /** Null when none came: the list itself says what is wrong with the camera or the relay. */
  async #fetchPicture(url: string): Promise<Blob | null> {
    const deadline = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(posterLimits.requestMs)]);
    try {
      const reply = await this.#options.fetchFrom(url, { signal: deadline, cache: "no-store", credentials: "same-origin" });
      if (!reply.ok || reply.headers.get("content-type") !== "image/jpeg") {
        await reply.body?.cancel();
        return null;
      }
      const picture = await reply.blob();
      return picture.size > 0 && picture.size <= posterLimits.maxBytes ? picture : null;
    } catch {
      return null;
    }
  }

  #put(path: string, poster: Poster): void {
    const before = this.posters.value.get(path);
    this.posters.value = new Map([...this.posters.value, [path, poster]]);
    if (before !== undefined) {
      URL.revokeObjectURL(before.url);
    }
  }

  #keepOnly(keeps: (path: string, poster: Poster) => boolean): void {
    const dropped = [...this.posters.value].filter(([path, poster]) => !keeps(path, poster));
    if (dropped.length === 0) {
      return;
    }
    this.posters.value = new Map([...this.posters.value].filter(([path, poster]) => keeps(path, poster)));
    for (const [, { url }] of dropped) {
      URL.revokeObjectURL(url);
    }
  }
}
