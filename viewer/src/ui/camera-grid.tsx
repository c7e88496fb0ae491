import type { CameraInfo } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import type { CameraList } from "../cameras/camera-list.ts";
import { text } from "../i18n/language.ts";
import { sectionsFor } from "../session/may-manage.ts";
import type { Session } from "../session/session.ts";
import { Icon, Mark } from "./icons.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { Notice } from "./notice.tsx";
import { PosterView } from "./poster.tsx";
import { accountHref, adminHref, cameraHref } from "./route.ts";
import { sayFailure } from "./say-failure.ts";
import { useCameraPolling } from "./use-camera-polling.ts";
import { findPoster, type Posters, usePosters } from "./use-posters.ts";

/** The list of cameras. */
export function CameraGrid({ session, list }: { session: Session; list: CameraList }) {
  const t = text.value;
  const busy = useSignal(false);
  useCameraPolling(list, true);
  const posters = usePosters(list);
  const refresh = async (): Promise<void> => {
    busy.value = true;
    await list.refresh();
    busy.value = false;
  };
  return (
    <main class="page">
      <header class="bar">
        <h1>{t.cameras}</h1>
        <button
          type="button"
          class="icon-button"
          aria-label={t.refresh}
          title={t.refresh}
          disabled={busy.value}
          onClick={() => void refresh()}
        >
          <Icon name="refresh" />
        </button>
        {sectionsFor(session.state.value).length > 0 && (
          <a id="open-admin" class="icon-button" href={adminHref} aria-label={t.administration} title={t.administration}>
            <Icon name="shield" />
          </a>
        )}
        <a id="open-account" class="icon-button" href={accountHref} aria-label={t.account} title={t.account}>
          <Icon name="person" />
        </a>
        <button type="button" class="icon-button" aria-label={t.signOut} title={t.signOut} onClick={() => void session.signOut()}>
          <Icon name="leave" />
        </button>
      </header>
      <Cameras list={list} posters={posters} onRetry={() => void refresh()} />
      <LanguageSwitch />
    </main>
  );
}

function Cameras({ list, posters, onRetry }: { list: CameraList; posters: Posters; onRetry: () => void }) {
  const t = text.value;
  const { cameras, failure } = list.state.value;
  if (failure !== null) {
    return (
      <Notice action={t.tryAgain} onAction={onRetry}>
        {sayFailure(t, failure, navigator.onLine)}
      </Notice>
    );
  }
  if (cameras === null) {
    return <Notice>{t.loadingCameras}</Notice>;
  }
  if (cameras.length === 0) {
    return (
      <Notice action={t.refresh} onAction={onRetry}>
        {t.noCameras}
      </Notice>
    );
  }
  return (
    <ul class="tiles">
      {cameras.map((camera) => (
        <Tile key={camera.path} camera={camera} posters={posters} />
      ))}
    </ul>
  );
}

function Tile({ camera, posters }: { camera: CameraInfo; posters: Posters }) {
  const t = text.value;
  const state = camera.online ? t.online : t.offline;
  return (
    <li>
      <a
        class="tile"
        href={cameraHref(camera.path)}
        data-camera={camera.path}
        data-online={camera.online}
        aria-label={`${t.openCamera(camera.name)}, ${state}`}
      >
        <PosterView camera={camera} poster={findPoster(posters, camera.path)} nowMs={posters.nowMs.value} />
        <span class="tile-words">
          <span class="tile-name">{camera.name}</span>
          <span class="tile-path">{camera.path}</span>
        </span>
        <span class={`state state-${camera.online ? "good" : "quiet"}`}>
          <Mark tone={camera.online ? "good" : "quiet"} />
          {state}
        </span>
      </a>
    </li>
  );
}
