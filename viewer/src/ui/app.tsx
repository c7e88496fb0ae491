import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CameraList } from "../cameras/camera-list.ts";
import { text } from "../i18n/language.ts";
import type { Session } from "../session/session.ts";
import { CameraGrid } from "./camera-grid.tsx";
import { Notice } from "./notice.tsx";
import { camerasHref, parseRoute } from "./route.ts";
import { sayFailure } from "./say-failure.ts";
import { SignIn } from "./sign-in.tsx";
import { Stage } from "./stage.tsx";
import { useCameraPolling } from "./use-camera-polling.ts";

/** The whole page: who is signed in decides first, the address second. */
export function App({ session, cameras }: { session: Session; cameras: CameraList }) {
  const t = text.value;
  const state = session.state.value;
  switch (state.phase) {
    case "restoring":
      return (
        <main class="page page-middle">
          <Notice>{t.restoring}</Notice>
        </main>
      );
    case "unreachable":
      return (
        <main class="page page-middle">
          <Notice action={t.tryAgain} onAction={() => void session.renew()}>
            {sayFailure(t, { kind: "offline" }, navigator.onLine)}
          </Notice>
        </main>
      );
    case "signed-out":
      return <SignIn session={session} ended={state.ended} />;
    case "signed-in":
      return <Pages session={session} cameras={cameras} />;
  }
}

function Pages({ session, cameras }: { session: Session; cameras: CameraList }) {
  const route = useSignal(parseRoute(window.location.hash));
  useEffect(() => {
    const update = (): void => {
      route.value = parseRoute(window.location.hash);
    };
    window.addEventListener("hashchange", update);
    return () => window.removeEventListener("hashchange", update);
  }, []);
  if (route.value.page === "cameras") {
    return <CameraGrid session={session} list={cameras} />;
  }
  return <Watch path={route.value.path} session={session} cameras={cameras} />;
}

function Watch({ path, session, cameras }: { path: string; session: Session; cameras: CameraList }) {
  const t = text.value;
  const { cameras: known, failure } = cameras.state.value;
  const camera = known?.find((entry) => entry.path === path);
  // A camera that is not on the list may be announced any moment, and a first look may fail: so go on asking.
  useCameraPolling(cameras, camera === undefined);
  if (camera !== undefined) {
    return <Stage key={path} camera={camera} session={session} cameras={cameras} />;
  }
  const toList = (): void => {
    window.location.hash = camerasHref;
  };
  return (
    <main class="page page-middle">
      {known === null && failure === null ? (
        <Notice>{t.loadingCameras}</Notice>
      ) : (
        <Notice action={t.backToCameras} onAction={toList}>
          {failure === null ? t.unknownCamera : sayFailure(t, failure, navigator.onLine)}
        </Notice>
      )}
    </main>
  );
}
