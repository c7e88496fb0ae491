import type { EdgeSettings } from "@helmcast/config/load";
import type { Clock, Log, Service } from "@helmcast/runtime";
import { chooseEncoder } from "../encoder/choose-encoder.ts";
import type { EncoderName } from "../encoder/encoder.ts";
import { probeEncoders } from "../encoder/probe-encoders.ts";
import type { DeviceTokens } from "../session/device-tokens.ts";
import type { CameraWithReport } from "../status/device-status.ts";
import { CameraPublisher } from "./camera-publisher.ts";
import { isVideoStale } from "./video-watch.ts";

/** What the cameras need. `onChange` is called when what one of them is doing has changed. */
export type CameraSetOptions = {
  readonly settings: EdgeSettings;
  readonly relayHost: string;
  readonly tokens: Pick<DeviceTokens, "current" | "renew">;
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** All cameras of the device. They begin with the first token and go on by themselves from there. */
export class CameraSet implements Service {
  readonly name = "cameras";
  readonly #options: CameraSetOptions;
  readonly #publishers: ReadonlyArray<{ readonly camera: EdgeSettings["cameras"][number]; readonly publisher: CameraPublisher }>;
  readonly #stopping = new AbortController();
  #encoder: EncoderName = "libx264";
  #probed: Promise<void> | null = null;

  /** @param options see {@link CameraSetOptions} */
  constructor(options: CameraSetOptions) {
    this.#options = options;
    const { settings, relayHost, tokens, onChange, clock, random, log } = options;
    this.#publishers = settings.cameras.map((camera) => ({
      camera,
      publisher: new CameraPublisher({
        camera,
        device: settings.device,
        relayHost,
        ffmpegPath: settings.ffmpegPath,
        clock,
        random,
        log,
        onChange,
        encoder: () => this.#encoder,
        token: () => tokens.current(),
        onRefused: () => tokens.renew("the relay refused the token"),
      }),
    }));
  }

  /** What every camera is doing. */
  reports(): CameraWithReport[] {
    return this.#publishers.map(({ camera, publisher }) => ({ camera, report: publisher.report() }));
  }

  /** Whether no camera's picture is alive, so that nobody can be driving by one. False without cameras. */
  isVideoStale(): boolean {
    return isVideoStale(
      this.#publishers.map(({ publisher }) => publisher.flow()),
      this.#options.clock.monotonicMs(),
    );
  }

  /** Starts the cameras with a stamp over, because the wall clock was set. */
  restartStamped(reason: string): void {
    for (const { camera, publisher } of this.#publishers) {
      if (camera.stamp) {
        publisher.restart(reason);
      }
    }
  }

  /** Begins to try the encoders. Does not wait: a wedged one takes 5 s, and driving shall not wait for pictures. */
  async start(): Promise<void> {
    this.#probed ??= this.#probe().catch((error: unknown) => this.#options.log.error({ err: error }, "the encoders could not be tried"));
  }

  /** There is a token: the cameras begin, once the encoders are tried, and a camera that was refused tries it. */
  async begin(): Promise<void> {
    await this.#probed;
    if (!this.#stopping.signal.aborted && this.#options.tokens.current() !== null) {
      for (const { publisher } of this.#publishers) {
        await publisher.start();
        publisher.useNewToken();
      }
    }
  }

  /** Ends the trials and all cameras, for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#probed;
    await Promise.all(this.#publishers.map(({ publisher }) => publisher.stop()));
  }

  async #probe(): Promise<void> {
    const { settings, clock, log } = this.#options;
    const first = settings.cameras[0];
    if (first === undefined) {
      return;
    }
    const { source, bitrateKbps, gopMs } = first;
    const goal = { width: source.width, height: source.height, fps: source.fps, bitrateKbps, gopMs };
    const facts = await probeEncoders(goal, { ffmpegPath: settings.ffmpegPath, clock, log, signal: this.#stopping.signal });
    const choice = chooseEncoder(facts);
    this.#encoder = choice.name;
    log.info({ encoder: choice.name, why: choice.why }, "encoder chosen");
  }
}
