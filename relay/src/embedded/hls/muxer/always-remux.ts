import type { Clock, Log } from "@helmcast/runtime";
import type { LiveStream, StreamDirectory } from "../../stream/types.ts";
import type { PathMuxers } from "./path-muxers.ts";

/** Pause between two starts of a stream's muxer, ms (MediaMTX waits as long): a stream that can't be carried shall not be tried all the time. */
const restartPauseMs = 10_000;

/** What it needs. */
export type AlwaysRemuxOptions = {
  readonly muxers: PathMuxers;
  readonly streams: StreamDirectory;
  readonly clock: Clock;
  readonly log: Log;
};

/** Keeps a muxer running for every live stream (hlsAlwaysRemux), so that the first viewer does not wait for a segment. */
export class AlwaysRemux {
  readonly #options: AlwaysRemuxOptions;
  readonly #streams = new Map<LiveStream, number>();

  /** @param options muxers and surroundings */
  constructor(options: AlwaysRemuxOptions) {
    this.#options = options;
  }

  /** Takes a new stream in and starts its muxer. */
  add(stream: LiveStream): void {
    this.#streams.set(stream, Number.NEGATIVE_INFINITY);
    this.#start(stream);
  }

  /** Forgets streams that are over, and starts again the muxers that have ended by themselves. */
  sweep(): void {
    const { clock, muxers, streams } = this.#options;
    for (const [stream, startedMs] of [...this.#streams]) {
      if (streams.find(stream.path) !== stream) {
        this.#streams.delete(stream);
      } else if (muxers.get(stream.path)?.stream !== stream && clock.monotonicMs() - startedMs >= restartPauseMs) {
        this.#start(stream);
      }
    }
  }

  #start(stream: LiveStream): void {
    this.#streams.set(stream, this.#options.clock.monotonicMs());
    try {
      this.#options.muxers.open(stream);
    } catch (error) {
      this.#options.log.warn({ err: error, path: stream.path }, "hlsAlwaysRemux could not start a muxer");
    }
  }
}
