import type { Clock } from "@helmcast/runtime";
import { type Failure, StderrTail } from "./explain-stderr.ts";
import { ProgressReader } from "./parse-progress.ts";
import { initialStall, type StallReason, type StallState, stepStall } from "./stall-machine.ts";
import { PublishTunnel, type TunnelEnd, type TunnelTarget } from "./tunnel.ts";
import { readSendQueue } from "./uplink-backlog.ts";

/** What one run of ffmpeg needs. `onFailure` comes at most once; the owner then ends ffmpeg. */
export type PublishRunOptions = {
  readonly target: TunnelTarget;
  readonly bitrateKbps: number;
  readonly clock: Clock;
  readonly onFailure: (failure: Failure) => void;
};

/** Figures of a run. */
export type RunFigures = { readonly frames: number; readonly fps: number; readonly bytesSent: number; readonly backlogMs: number };

/** Unsent video that is still worth sending, ms: beyond it a driver would see the past, so the run is cut (edge anchors, P1). */
const maxBacklogMs = 2000;

/** How often frames and backlog are looked at, ms. ffmpeg reports twice a second. */
const tickMs = 250;

const stallSentences: Record<StallReason, string> = {
  "no-first-frame": "The camera gives no picture. The agent starts it again by itself.",
  "relay-silent": "The relay does not answer. The agent tries again by itself.",
  "frames-stopped": "The picture stopped. The agent starts the camera again by itself.",
};

/** The watch over one run of ffmpeg: its tunnel, its progress, its standard error, and whether its frames still grow. */
export class PublishRun {
  readonly #options: PublishRunOptions;
  readonly #tunnel: PublishTunnel;
  readonly #progress = new ProgressReader();
  readonly #stderr = new StderrTail();
  #stall: StallState;
  #frames = 0;
  #fps = 0;
  #sentAtMs: number | null = null;
  #over = false;
  #cancelTick: () => void = () => undefined;

  /** @param options see {@link PublishRunOptions} */
  constructor(options: PublishRunOptions) {
    this.#options = options;
    this.#stall = initialStall(options.clock.monotonicMs());
    this.#tunnel = new PublishTunnel(options.target, (options.bitrateKbps * maxBacklogMs) / 8, {
      onHandshake: () => this.#step("handshake-began"),
      onPublishing: () => undefined,
      onSent: () => {
        this.#sentAtMs = options.clock.monotonicMs();
      },
      onEnd: (end) => {
        const failure = explainTunnelEnd(end);
        if (failure !== null) {
          this.#fail(failure);
        }
      },
    });
  }

  /** Opens the tunnel; resolves with the address for ffmpeg. */
  open(): Promise<string> {
    return this.#tunnel.open();
  }

  /** Begins to watch; call it when ffmpeg is about to start. */
  watch(): void {
    this.#step("started");
    this.#schedule();
  }

  /** Takes a line of ffmpeg's output. */
  takeLine(line: string, from: "stdout" | "stderr"): void {
    if (from === "stderr") {
      this.#stderr.add(line);
      return;
    }
    const progress = this.#progress.take(line);
    if (progress !== null) {
      this.#frames = progress.frame;
      this.#fps = progress.fps;
      this.#stall = stepStall(this.#stall, { type: "frames", frame: progress.frame, atMs: this.#options.clock.monotonicMs() });
    }
  }

  /** The last lines of standard error. */
  lastLines(): readonly string[] {
    return this.#stderr.lines();
  }

  /** Frames, rate, bytes and backlog so far. */
  figures(): RunFigures {
    const { bytesSent, backlogBytes } = this.#tunnel.stats();
    return { frames: this.#frames, fps: this.#fps, bytesSent, backlogMs: Math.round((backlogBytes * 8) / this.#options.bitrateKbps) };
  }

  /** When video last left this device, on the clock's monotonic time; null before the first. */
  sentAtMs(): number | null {
    return this.#sentAtMs;
  }

  /** Ends the watch and closes the tunnel. Safe to call again. */
  end(): void {
    this.#over = true;
    this.#cancelTick();
    this.#tunnel.close();
  }

  #schedule(): void {
    if (!this.#over) {
      this.#cancelTick = this.#options.clock.after(tickMs, () => void this.#tick());
    }
  }

  async #tick(): Promise<void> {
    this.#step("tick");
    if (this.#stall.phase === "stalled") {
      this.#fail({ kind: "stalled", sentence: stallSentences[this.#stall.why] });
      return;
    }
    const ports = this.#tunnel.ports();
    const queued = ports === null ? null : await readSendQueue(ports);
    if (queued !== null && !this.#over) {
      this.#tunnel.noteKernelQueue(queued);
    }
    this.#schedule();
  }

  #step(type: "started" | "handshake-began" | "tick"): void {
    this.#stall = stepStall(this.#stall, { type, atMs: this.#options.clock.monotonicMs() });
  }

  #fail(failure: Failure): void {
    if (!this.#over) {
      this.end();
      this.#options.onFailure(failure);
    }
  }
}

/** Says in a sentence why a tunnel ended; null when ffmpeg left by itself, which its own last words explain. */
export function explainTunnelEnd(end: TunnelEnd): Failure | null {
  switch (end.why) {
    case "refused":
      return {
        kind: end.status === 401 ? "unauthorized" : "refused",
        sentence:
          end.status === 401
            ? "The relay refuses this device's stream (401). The agent asks for a new token."
            : `The relay refuses this stream (${end.status}). Look at its log for the reason.`,
      };
    case "relay-unreachable":
      return { kind: "relay", sentence: "The relay's stream entry cannot be reached. The agent tries again by itself." };
    case "relay-closed":
      return { kind: "relay", sentence: "The relay closed the connection. The agent tries again by itself." };
    case "uplink-too-slow":
      return { kind: "relay", sentence: "The network is too slow for this camera, so late video was thrown away. Lower bitrateKbps." };
    case "ffmpeg-blocked":
      return { kind: "stalled", sentence: stallSentences["frames-stopped"] };
    case "protocol":
      return { kind: "relay", sentence: "The relay's stream entry speaks another protocol. Check the relay's RTSP port." };
    case "ffmpeg-closed":
      return null;
  }
}
