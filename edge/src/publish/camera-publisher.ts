import { AppError, buildStreamPath } from "@helmcast/config";
import type { CameraSettings } from "@helmcast/config/load";
import type { ChildExit, ChildSpec, Clock, Log } from "@helmcast/runtime";
import { backoffDelayMs, Supervisor } from "@helmcast/runtime";
import { buildCameraInput } from "../camera/open-camera.ts";
import type { EncoderName } from "../encoder/encoder.ts";
import { assembleArguments } from "../ffmpeg/assemble.ts";
import { buildCommandLine } from "../ffmpeg/feed.ts";
import type { DeviceToken } from "../session/fetch-token.ts";
import { explainStderr, type Failure } from "./explain-stderr.ts";
import { planPublish } from "./ffmpeg-args.ts";
import { PublishRun } from "./publish-run.ts";
import { canConnect } from "./reach.ts";
import type { VideoFlow } from "./video-watch.ts";

/** What a camera is doing, as the device's status says it. */
export type CameraState = "starting" | "publishing" | "stalled" | "waiting" | "failed" | "stopped";

/** A camera's state, a sentence when it does not publish, and the figures of the run. */
export type CameraReport = {
  readonly state: CameraState;
  readonly detail: string | null;
  readonly frames: number;
  readonly fps: number;
  readonly bytesSent: number;
  /** Video that waits on this device, ms; 0 while the uplink is fast enough. */
  readonly backlogMs: number;
};

/** What a publisher needs. */
export type CameraPublisherOptions = {
  readonly camera: CameraSettings;
  readonly device: string;
  readonly relayHost: string;
  readonly ffmpegPath: string;
  /** Asked before every run. */
  readonly encoder: () => EncoderName;
  /** The token to publish with; null while there is none. */
  readonly token: () => DeviceToken | null;
  /** The relay refused the token. */
  readonly onRefused: () => void;
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** From 0.25 s to 5 s between attempts at a camera. One that ran for 2 s begins anew, so that a killed ffmpeg is back within 3 s. */
const backoff = { firstMs: 250, maxMs: 5000, factor: 2, jitter: 0.5, resetAfterMs: 2000 };

/**
 * How often an absent relay is looked for, ms: quickly at first, because an engine that died is back within seconds (measured: 0.6 to 3.6 s), and
 * ever slower, up to 750 ms after five seconds. Spread by up to a half, so that many cameras do not come in step.
 */
const lookForRelay = { firstMs: 150, maxMs: 750, factor: 1.15, jitter: 0.5 };

/** Wait after a refusal, ms: the relay holds refusals back for up to 4 s and its owner has to act first. */
const refusedDelayMs = 10_000;

/** The stall watch ends a run after 3 to 10 s; the supervisor's own limit only backs it up. */
const readyTimeoutMs = 20_000;

/** TERM to KILL, ms: a blocked ffmpeg ignores TERM for longer than anybody waits (measured over 3 s). */
const stopGraceMs = 1000;

const waitingForToken = "Waiting for the relay to accept this device.";

/** Publishes one camera and keeps it published: one supervised ffmpeg after another, each with its own tunnel and stall watch. */
export class CameraPublisher {
  readonly name: string;
  readonly #options: CameraPublisherOptions;
  readonly #log: Log;
  readonly #supervisor: Supervisor;
  #run: PublishRun | null = null;
  #state: CameraState = "waiting";
  #detail: string | null = waitingForToken;
  #failure: Failure | null = null;
  #lastSaid = "";
  #active = false;
  #cancelWait: () => void = () => undefined;

  /** @param options see {@link CameraPublisherOptions} */
  constructor(options: CameraPublisherOptions) {
    this.#options = options;
    this.name = `camera ${options.camera.id}`;
    this.#log = options.log.child({ camera: options.camera.id });
    this.#supervisor = new Supervisor({
      name: `ffmpeg ${options.camera.id}`,
      spec: () => this.#prepare(),
      ready: { kind: "line", matches: (line) => /^frame=\s*[1-9]/.test(line) },
      readyTimeoutMs,
      backoff,
      clock: options.clock,
      random: options.random,
      log: this.#log,
      onReady: () => this.#enter("publishing", null),
      onDied: (exit) => this.#died(exit),
      nextDelayMs: (_exit, plannedMs) => (isRefusal(this.#failure) ? refusedDelayMs * (0.75 + options.random() / 2) : plannedMs),
    });
  }

  /** What the camera is doing now. */
  report(): CameraReport {
    const figures = this.#run?.figures() ?? { frames: 0, fps: 0, bytesSent: 0, backlogMs: 0 };
    return { state: this.#state, detail: this.#detail, ...figures };
  }

  /** What the video watch looks at. */
  flow(): VideoFlow {
    const { backlogMs } = this.report();
    return { sentAtMs: this.#run?.sentAtMs() ?? null, backlogMs, fps: this.#options.camera.source.fps };
  }

  /** Begins to publish. Does not wait for the first frame: a camera or a relay that is away must not hold up the others. */
  async start(): Promise<void> {
    if (!this.#active) {
      this.#active = true;
      this.#supervisor.start().catch((error: unknown) => this.#log.debug({ err: error }, "did not start"));
    }
  }

  /** Ends ffmpeg, and the camera's program with it. Resolves when both are gone. */
  async stop(): Promise<void> {
    this.#active = false;
    this.#cancelWait();
    await this.#supervisor.stop();
    this.#run?.end();
    this.#enter("stopped", null);
  }

  /** There is a new token: a camera that was refused tries it at once. Tokens are renewed every 5 s at most, which bounds the attempts. */
  useNewToken(): void {
    if (this.#active && this.#failure?.kind === "unauthorized" && this.#supervisor.state === "backing-off") {
      this.#supervisor.restart("there is a new token");
    }
  }

  /** Starts over without counting a failure, for example when the wall clock was set and the stamps' times would jump. */
  restart(reason: string): void {
    if (this.#active) {
      this.#supervisor.restart(reason);
    }
  }

  async #prepare(): Promise<ChildSpec> {
    this.#run?.end();
    this.#failure = null;
    const token = await this.#waitForRelay();
    const { camera, clock, device, relayHost } = this.#options;
    this.#enter("starting", null);
    const run = new PublishRun({
      target: {
        host: relayHost,
        port: token.rtspPort,
        path: buildStreamPath({ device, camera: camera.id }),
        user: device,
        password: token.accessToken,
      },
      bitrateKbps: camera.bitrateKbps,
      clock,
      onFailure: (failure) => this.#runFailed(run, failure),
    });
    this.#run = run;
    const url = await run.open();
    const args = assembleArguments(planPublish(camera, this.#options.encoder(), url));
    const line = buildCommandLine(this.#options.ffmpegPath, args, buildCameraInput(camera.source).feeder);
    run.watch();
    return { name: `ffmpeg ${camera.id}`, ...line, stopGraceMs, onLine: (text, from) => run.takeLine(text, from) };
  }

  /** Resolves with a good token once the relay's stream entry accepts connections; rejects when the publisher is stopped meanwhile. */
  async #waitForRelay(): Promise<DeviceToken> {
    const { clock, random, relayHost } = this.#options;
    for (let looks = 1; this.#active; looks++) {
      const token = this.#options.token();
      if (token !== null && (await canConnect(relayHost, token.rtspPort))) {
        return token;
      }
      if (!this.#active) {
        break;
      }
      this.#enter("waiting", token === null ? waitingForToken : "The relay's stream entry cannot be reached. The agent keeps trying.");
      await new Promise<void>((done) => {
        const cancel = clock.after(backoffDelayMs(lookForRelay, looks, random()), done);
        this.#cancelWait = () => {
          cancel();
          done();
        };
      });
    }
    throw new AppError("HC_EDGE_STOPPED");
  }

  #runFailed(run: PublishRun, failure: Failure): void {
    if (run !== this.#run) {
      return;
    }
    this.#failure ??= failure;
    if (failure.kind === "stalled") {
      this.#enter("stalled", failure.sentence);
    }
    void this.#supervisor.child?.stop();
  }

  #died(exit: ChildExit): void {
    const lines = this.#run?.lastLines() ?? [];
    this.#failure ??= explainEnd(exit, lines);
    this.#run?.end();
    const { kind, sentence } = this.#failure;
    if (kind === "unauthorized") {
      this.#options.onRefused();
    }
    if (sentence !== this.#lastSaid && this.#active) {
      this.#lastSaid = sentence;
      this.#log.warn({ kind, stderr: lines.slice(-5) }, sentence);
    }
    this.#enter(kind === "relay" || isRefusal(this.#failure) ? "waiting" : "failed", sentence);
  }

  #enter(state: CameraState, detail: string | null): void {
    if (state === "publishing") {
      this.#lastSaid = "";
    }
    if (state !== this.#state || detail !== this.#detail) {
      this.#state = state;
      this.#detail = detail;
      this.#options.onChange();
    }
  }
}

/** A killed or missing ffmpeg says nothing itself. */
function explainEnd(exit: ChildExit, lines: readonly string[]): Failure {
  const said = explainStderr(lines);
  if (exit.code === 127 && said.kind === "unknown") {
    return {
      kind: "encoder",
      sentence: "ffmpeg is not installed, or ffmpegPath names it wrongly. Install it, for example: apt install ffmpeg",
    };
  }
  return said.kind === "unknown" && exit.signal !== null ? { kind: "unknown", sentence: `ffmpeg was ended by ${exit.signal}.` } : said;
}

function isRefusal(failure: Failure | null): boolean {
  return failure?.kind === "unauthorized" || failure?.kind === "refused";
}
