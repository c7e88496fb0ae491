import type { CameraInfo } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { CameraList } from "../cameras/camera-list.ts";
import { language, text } from "../i18n/language.ts";
import { sayTime } from "../i18n/times.ts";
import type { Session, SignedIn } from "../session/session.ts";
import { StageModel } from "../stage/stage-model.ts";
import { DetailsSheet } from "./details-sheet.tsx";
import { DriveLoader } from "./drive-loader.tsx";
import { FullscreenButton } from "./fullscreen-button.tsx";
import { Icon } from "./icons.tsx";
import { camerasHref } from "./route.ts";
import { StageNotice } from "./stage-notice.tsx";
import { StatusLine } from "./status-line.tsx";

/** What a stage is made of. `visit`: somebody who came by a share link, null for somebody with an account. */
export type StageProps = {
  readonly camera: CameraInfo;
  readonly session: Session;
  readonly cameras: CameraList;
  readonly visit: SignedIn | null;
};

/** One camera, as large as the screen allows. */
export function Stage({ camera, session, cameras, visit }: StageProps) {
  const t = text.value;
  const stage = useRef<HTMLDivElement>(null);
  const whep = useRef<HTMLVideoElement>(null);
  const hls = useRef<HTMLVideoElement>(null);
  const kept = useRef<HTMLCanvasElement>(null);
  const model = useSignal<StageModel | null>(null);
  const detailed = useSignal(false);
  useEffect(() => {
    if (stage.current === null || whep.current === null || hls.current === null || kept.current === null) {
      return;
    }
    const videos = { whep: whep.current, hls: hls.current };
    const opened = new StageModel({ camera, session, cameras }, { stage: stage.current, videos, kept: kept.current });
    opened.open();
    model.value = opened;
    return () => opened.close();
  }, [camera.path]);
  const setDetailed = (open: boolean): void => {
    detailed.value = open;
    model.value?.setDetailed(open);
  };
  const view = model.value?.view.value;
  const untilAtMs = visit?.untilAtMs ?? null;
  const visiting = visit !== null;
  return (
    <main
      class="stage-page"
      id="stage"
      data-camera={camera.path}
      data-details={detailed.value ? "open" : "closed"}
      data-rung={view?.condition.rung ?? ""}
      data-state={view?.condition.status ?? "connecting"}
      data-age-ms={view?.age === null || view === undefined ? "" : Math.round(view.age.ageMs)}
      data-frames={view?.frames ?? 0}
    >
      <div class="stage" ref={stage} data-top="none" aria-hidden="true">
        <div class="picture">
          <video ref={hls} class="layer layer-hls" muted autoplay playsInline disableRemotePlayback disablePictureInPicture tabIndex={-1} />
          <video
            ref={whep}
            class="layer layer-whep"
            muted
            autoplay
            playsInline
            disableRemotePlayback
            disablePictureInPicture
            tabIndex={-1}
          />
          <canvas ref={kept} class="layer layer-kept" />
        </div>
      </div>
      <header class="stage-head">
        <h1>{camera.name}</h1>
        {view !== undefined && <StatusLine condition={view.condition} age={view.age} />}
        {untilAtMs !== null && (
          <p class="state view-only" id="view-only">
            <Icon name="eye" />
            {t.viewOnlyUntil(sayTime(language.value, untilAtMs, Date.now()))}
          </p>
        )}
      </header>
      {view !== undefined && (
        <StageNotice status={view.condition.status} waitMs={view.waitMs} visiting={visiting} onRetry={() => model.value?.tryNow()} />
      )}
      <nav class="stage-controls">
        <WayOut session={session} visiting={visiting} />
        <span class="spring" />
        <button
          type="button"
          id="details-button"
          class="icon-button icon-button-large"
          aria-label={t.details}
          title={t.details}
          aria-expanded={detailed.value}
          onClick={() => setDetailed(!detailed.value)}
        >
          <Icon name="details" />
        </button>
        <FullscreenButton target={stage} />
      </nav>
      {model.value && <DriveLoader stage={model.value} />}
      {detailed.value && view !== undefined && <DetailsSheet view={view} onClose={() => setDetailed(false)} />}
    </main>
  );
}

/** Back to the list, or for a visitor, who has none, out. */
function WayOut({ session, visiting }: { session: Session; visiting: boolean }) {
  const t = text.value;
  return visiting ? (
    <button
      type="button"
      class="icon-button icon-button-large"
      aria-label={t.leaveVisit}
      title={t.leaveVisit}
      onClick={() => void session.signOut()}
    >
      <Icon name="leave" />
    </button>
  ) : (
    <a class="icon-button icon-button-large" href={camerasHref} aria-label={t.backToCameras} title={t.backToCameras}>
      <Icon name="back" />
    </a>
  );
}
