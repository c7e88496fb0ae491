import { type CameraInfo, stampGeometry } from "@helmcast/config";
import { signal } from "@preact/signals";
import type { PictureAge } from "../age/age-machine.ts";
import { type AgeState, addStamp, ageNow, noAge, readAge } from "../age/age-machine.ts";
import type { ClockOffset } from "../age/clock-offset.ts";
import { createStampReader } from "../age/stamp-reader.ts";
import { type CameraList, pollUntil } from "../cameras/camera-list.ts";
import { type FramePace, framesPerSecond, noPace } from "../play/frame-pace.ts";
import { Ladder } from "../play/ladder.ts";
import { loadHls } from "../play/ll-hls-player.ts";
import { noFacts, type PaintedFrame, type RungFacts } from "../play/rung.ts";
import { makeRungFactory } from "../play/rung-factory.ts";
import { createStageSurface, type StageElements } from "../play/stage-surface.ts";
import { findHlsWay, findRungs } from "../play/supported-rungs.ts";
import { createApiClient } from "../session/api-client.ts";
import { createCall } from "../session/authorized-call.ts";
import type { Session } from "../session/session.ts";
import { hearPage, readVisibility } from "./page-events.ts";
import type { StageLine } from "./stage-line.ts";
import { describeStage, type StageCondition, waitBeforeRetryMs } from "./stage-status.ts";

/** What the stage page draws. It changes at most four times a second. */
export type StageView = {
  readonly condition: StageCondition;
  /** How long a person who was put out has to wait before the next try, in ms; 0 when nothing stands in the way. */
  readonly waitMs: number;
  readonly age: PictureAge | null;
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly facts: RungFacts;
  readonly historyMs: readonly number[];
};

/** What a stage needs of the application. */
export type StageOptions = { readonly camera: CameraInfo; readonly session: Session; readonly cameras: CameraList };

/** How often the page is told, and the list and the statistics are asked. Units in the names. */
const paceLimits = { viewMs: 250, factsMs: 1000, listLiveMs: 5000, listTroubledMs: 1000, stampMs: 100 } as const;

/** One open camera: the ladder, the age of its picture and the camera's own state, put together for the page. */
export class StageModel {
  /** Read by the page. */
  readonly view = signal<StageView>({
    condition: { status: "connecting", rung: null, standingMs: null },
    waitMs: 0,
    age: null,
    frames: 0,
    framesPerSecond: 0,
    facts: noFacts,
    historyMs: [],
  });
  /** The line to the device, null until its code is there. */
  readonly line = signal<StageLine | null>(null);
  readonly #options: StageOptions;
  readonly #abort = new AbortController();
  readonly #ladder: Ladder;
  readonly #elements: StageElements;
  #age: AgeState = noAge;
  #offset: ClockOffset | null = null;
  #pace: FramePace = noPace;
  #frames = 0;
  #openedAtMs = performance.now();
  #facts: RungFacts = noFacts;
  #detailed = false;
  #stamped: boolean;

  /** @param options the camera and the application @param elements the stage's own elements */
  constructor(options: StageOptions, elements: StageElements) {
    this.#options = options;
    this.#elements = elements;
    this.#stamped = options.camera.stamped;
    const hlsWay = findHlsWay(window, (type) => elements.videos.hls.canPlayType(type));
    const stamps = { whep: createStampReader(document), hls: createStampReader(document) };
    this.#ladder = new Ladder({
      rungs: findRungs(window, hlsWay),
      createRung: makeRungFactory(hlsWay, {
        videos: elements.videos,
        whepUrl: options.camera.urls.whep,
        hlsUrl: options.camera.urls.hls,
        token: () => options.session.token(),
        isShown: (name) => this.#ladder.state.shown === name,
      }),
      surface: createStageSurface(elements),
      readCapture: (name) => (this.#stamped ? stamps[name](elements.videos[name], this.#deviceNowMs()) : null),
      readEveryMs: () => (this.#detailed ? 0 : paceLimits.stampMs),
      nowMs: () => performance.now(),
      seed: Math.random(),
      onShownFrame: (frame, pace, captureMs) => this.#onShownFrame(frame, pace, captureMs),
      renewSession: () => void this.#renewSession(),
    });
  }

  /** Starts playing and measuring. */
  open(): void {
    const { signal: ended } = this.#abort;
    this.#openLadder();
    hearPage(ended, (event) => this.#ladder.hear(event));
    // A page that goes away ends its sessions; one that comes back from the browser's page cache begins again.
    window.addEventListener("pagehide", () => this.#ladder.close(), { signal: ended });
    window.addEventListener("pageshow", (event) => event.persisted && this.#openLadder(), { signal: ended });
    const timers = [
      setInterval(() => this.#refreshView(), paceLimits.viewMs),
      setInterval(() => void this.#readFacts(), paceLimits.factsMs),
    ];
    ended.addEventListener("abort", () => {
      for (const timer of timers) {
        clearInterval(timer);
      }
    });
    void pollUntil(
      ended,
      () => this.#listEveryMs(),
      () => this.#pollCamera(),
    );
    this.#openLine(ended);
  }

  /** Ends everything that `open` began. */
  close(): void {
    this.#abort.abort();
    this.#ladder.close();
  }

  /** A page that opens in a background tab paints nothing, and that is no rung's fault. */
  #openLadder(): void {
    this.#ladder.open();
    this.#ladder.hear(readVisibility());
  }

  /** A person's wish to try now. */
  tryNow(): void {
    this.#openedAtMs = performance.now();
    this.#ladder.hear({ type: "nudge", byPerson: true });
  }

  /** While the details are open every frame's age is read. */
  setDetailed(detailed: boolean): void {
    this.#detailed = detailed;
  }

  /** Fetches the code of the line to the device, again until it comes, and opens it. */
  #openLine(ended: AbortSignal): void {
    const { session, camera } = this.#options;
    import("./stage-line.ts").then(
      ({ openLine }) => {
        const call = createCall(
          createApiClient((input, init) => fetch(input, init)),
          session,
        );
        this.line.value = openLine({ session, call, path: camera.path, pictureAgeMs: () => this.#readAge() }, ended);
        this.#openClock();
      },
      () => ended.aborted || setTimeout(() => this.#openLine(ended), paceLimits.factsMs),
    );
  }

  #openClock(): void {
    if (this.#stamped) {
      this.line.value?.clock((offset) => {
        this.#offset = offset;
      });
    }
  }

  /** Age of the painted picture at this moment, ms; null when it is unknown, or nothing is shown. */
  #readAge(): number | null {
    const { standingMs } = describeStage(this.#ladder.state, this.#openedAtMs, performance.now());
    return standingMs === null ? null : (ageNow(readAge(this.#age, this.#offset), standingMs)?.ageMs ?? null);
  }

  #onShownFrame(frame: PaintedFrame, pace: FramePace, captureMs: number | null | undefined): void {
    if (this.#frames === 0) {
      // The next rung's code is fetched while the network is there.
      loadHls().catch(() => null);
    }
    this.#frames += 1;
    this.#pace = pace;
    this.#fitPicture(frame);
    if (captureMs !== undefined) {
      const paintedWallMs = Date.now() + (frame.paintedAtMs - performance.now());
      this.#age = addStamp(this.#age, { captureMs, paintedWallMs }, this.#offset);
    }
  }

  /** Gives the stage the picture's shape; a stamp strip is left outside of it. */
  #fitPicture({ width, height }: PaintedFrame): void {
    const strip = this.#stamped ? stampGeometry(width, height).height : 0;
    const { style } = this.#elements.stage;
    style.setProperty("--ratio", String(width / (height - strip)));
    style.setProperty("--overscan", String(height / (height - strip)));
  }

  #deviceNowMs(): number {
    return Date.now() + (this.#offset?.offsetMs ?? 0);
  }

  #refreshView(): void {
    const condition = describeStage(this.#ladder.state, this.#openedAtMs, performance.now());
    const age = ageNow(readAge(this.#age, this.#offset), condition.standingMs);
    const moving = condition.status === "live" ? framesPerSecond(this.#pace) : 0;
    const historyMs = this.#detailed ? this.#age.historyMs : [];
    const waitMs = waitBeforeRetryMs(this.#ladder.state, performance.now());
    this.view.value = { condition, waitMs, age, frames: this.#frames, framesPerSecond: moving, facts: this.#facts, historyMs };
  }

  async #readFacts(): Promise<void> {
    this.#facts = await this.#ladder.describe();
  }

  #listEveryMs(): number {
    return this.view.value.condition.status === "live" ? paceLimits.listLiveMs : paceLimits.listTroubledMs;
  }

  async #pollCamera(): Promise<void> {
    const { cameras, failure } = await this.#options.cameras.refresh();
    const camera = cameras?.find(({ path }) => path === this.#options.camera.path);
    if (failure === null && !this.#abort.signal.aborted) {
      this.#ladder.hear({ type: "camera", online: camera?.online ?? false });
      this.#learnStamped(camera?.stamped ?? false);
    }
  }

  /** A stream may be listed before its device has said what it carries. */
  #learnStamped(stamped: boolean): void {
    if (stamped && !this.#stamped) {
      this.#stamped = true;
      this.#openClock();
    }
  }

  async #renewSession(): Promise<void> {
    const renewed = await this.#options.session.renew();
    if (!this.#abort.signal.aborted) {
      this.#ladder.hear({ type: renewed ? "session-renewed" : "renewal-failed" });
    }
  }
}
