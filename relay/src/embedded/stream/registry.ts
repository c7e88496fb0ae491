import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { describeVideo } from "../h264/parameter-sets.ts";
import type { PathStore } from "../settings/path-store.ts";
import type { ApiPath } from "./api-types.ts";
import { describePath } from "./describe-path.ts";
import { Broadcast, type PathCounters } from "./live-stream.ts";
import { StreamIngest } from "./stream-ingest.ts";
import type { LiveStream, PublishDirectory, PublishRequest, StreamDirectory, StreamWriter, VideoTrack } from "./types.ts";

/** What the registry needs. */
export type RegistryOptions = { readonly paths: PathStore; readonly clock: Clock; readonly log: Log };

type Publication = { readonly request: PublishRequest; readonly broadcast: Broadcast; readonly sinceWallMs: number };

/** Every stream that is published now, by path: the one place where sources and readers meet. */
export class StreamRegistry implements StreamDirectory, PublishDirectory {
  readonly #options: RegistryOptions;
  readonly #live = new Map<string, Publication>();
  readonly #counters = new Map<string, PathCounters>();
  readonly #liveListeners = new Set<(stream: LiveStream) => void>();

  /** @param options path settings and surroundings */
  constructor(options: RegistryOptions) {
    this.#options = options;
    options.paths.onChange(() => {
      this.#dropUnconfigured();
      this.#forgetCounts();
    });
  }

  find(path: string): LiveStream | null {
    return this.#live.get(path)?.broadcast ?? null;
  }

  /** Calls `listener` with each stream that begins; the returned function ends that. What a listener throws is logged and harms nobody. */
  onLive(listener: (stream: LiveStream) => void): () => void {
    this.#liveListeners.add(listener);
    return () => {
      this.#liveListeners.delete(listener);
    };
  }

  isConfigured(path: string): boolean {
    return this.#options.paths.match(path) !== null;
  }

  /**
   * Begins a stream. A publisher who is there already goes, or the newcomer is refused, as overridePublisher says. Throws AppError
   * HC_EMBEDDED_PATH_NOT_CONFIGURED or HC_EMBEDDED_PATH_TAKEN.
   */
  publish(request: PublishRequest): StreamWriter {
    const { paths, clock, log } = this.#options;
    const entry = paths.match(request.path);
    if (entry === null) {
      throw new AppError("HC_EMBEDDED_PATH_NOT_CONFIGURED", { detail: `It is '${request.path}'.` });
    }
    const previous = this.#live.get(request.path);
    if (previous !== undefined && !entry.options.overridePublisher) {
      throw new AppError("HC_EMBEDDED_PATH_TAKEN", { detail: `It is '${request.path}'.` });
    }
    if (previous !== undefined) {
      this.#finish(previous, "another publisher took over");
    }
    const counters = this.#countersOf(request.path);
    const maxReaders = (): number => paths.match(request.path)?.options.maxReaders ?? 0;
    const broadcast = new Broadcast({ request, video: describeOrNull(request.video), counters, maxReaders, clock, log });
    const ingest = new StreamIngest({ request, broadcast, counters, clock, log });
    const publication = { request, broadcast, sinceWallMs: clock.wallMs() };
    this.#live.set(request.path, publication);
    log.info({ path: request.path, source: request.sourceType, id: request.sourceId }, "a publisher is online");
    this.#announce(broadcast);
    const isLive = (): boolean => this.#live.get(request.path) === publication;
    return {
      stream: broadcast,
      writeVideoRtp: (packet) => (isLive() ? ingest.writeVideo(packet) : undefined),
      writeAudioRtp: (packet) => (isLive() ? ingest.writeAudio(packet) : undefined),
      noteSenderReport: (track, point) => ingest.noteReport(track, point),
      end: () => (isLive() ? this.#finish(publication, null) : undefined),
    };
  }

  /** The paths of the control API: every exact name of the settings, and the others while they are published. */
  list(): readonly ApiPath[] {
    const names = new Set([...this.#options.paths.exactNames(), ...this.#live.keys()]);
    return [...names].sort().flatMap((name) => this.get(name) ?? []);
  }

  /** One path of the control API; null where it is not in use and not an exact name of the settings. */
  get(name: string): ApiPath | null {
    const entry = this.#options.paths.match(name);
    const publication = this.#live.get(name);
    if (entry === null || (publication === undefined && entry.name !== name)) {
      return null;
    }
    return describePath({ name, confName: entry.name, publication: publication ?? null, counters: this.#countersOf(name) });
  }

  /** Sends every publisher and reader away. */
  closeAll(): void {
    for (const publication of [...this.#live.values()]) {
      this.#finish(publication, "the relay stops");
    }
  }

  #announce(stream: LiveStream): void {
    for (const listener of this.#liveListeners) {
      try {
        listener(stream);
      } catch (error) {
        this.#options.log.warn({ err: error, path: stream.path }, "a listener for new streams failed");
      }
    }
  }

  #countersOf(path: string): PathCounters {
    const existing = this.#counters.get(path);
    const counters = existing ?? { inboundBytes: 0, outboundBytes: 0, framesInError: 0 };
    this.#counters.set(path, counters);
    return counters;
  }

  #dropUnconfigured(): void {
    for (const publication of [...this.#live.values()]) {
      if (!this.isConfigured(publication.request.path)) {
        this.#finish(publication, "the path was taken out of the settings");
      }
    }
  }

  /** Counts stay for what is published or an exact name of the settings, so that there are never more than those. */
  #forgetCounts(): void {
    for (const path of this.#counters.keys()) {
      if (!this.#live.has(path) && this.#options.paths.match(path)?.name !== path) {
        this.#counters.delete(path);
      }
    }
  }

  #finish(publication: Publication, closeReason: string | null): void {
    const { request, broadcast } = publication;
    this.#live.delete(request.path);
    broadcast.end();
    this.#forgetCounts();
    this.#options.log.info(
      { path: request.path, id: request.sourceId, reason: closeReason ?? "the publisher left" },
      "a publisher is offline",
    );
    if (closeReason !== null) {
      request.close(closeReason);
    }
  }
}

/** An SDP whose parameter sets can't be read is as good as one without: the stream must bring them. */
function describeOrNull(sets: PublishRequest["video"]): VideoTrack | null {
  try {
    return sets === null ? null : describeVideo(sets.sps, sets.pps);
  } catch {
    return null;
  }
}
