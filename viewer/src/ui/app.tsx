import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CameraList } from "../cameras/camera-list.ts";
import { text } from "../i18n/language.ts";
import type { Call } from "../session/authorized-call.ts";
import type { Session, SignedIn } from "../session/session.ts";
import type { ShareDoor } from "../session/share-door.ts";
import { AdminPages } from "./admin-loader.tsx";
import { CameraGrid } from "./camera-grid.tsx";
import { Notice } from "./notice.tsx";
import { camerasHref, parseRoute } from "./route.ts";
import { sayFailure } from "./say-failure.ts";
import { ShareDoorPage, ShareGone } from "./share-door-page.tsx";
import { SignIn } from "./sign-in.tsx";
import { Stage } from "./stage.tsx";
import { useCameraPolling } from "./use-camera-polling.ts";

/** What every page may use. */
export type AppParts = { readonly session: Session; readonly cameras: CameraList; readonly door: ShareDoor; readonly call: Call };

/** The whole page: a share link that somebody just came with goes first, then who is signed in, then the address. */
export function App({ session, cameras, door, call }: AppParts) {
  const t = text.value;
  const state = session.state.value;
  if (door.state.value.phase !== "closed") {
    return <ShareDoorPage door={door} signedIn={state.phase === "signed-in"} />;
  }
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
      return state.ended === "share" ? <ShareGone onClose={() => session.forgetEnd()} action={t.signIn} /> : <SignIn session={session} />;
    case "signed-in":
      return state.camera === null ? (
        <Pages key={state.user} session={session} cameras={cameras} call={call} />
      ) : (
        <Watch key={state.user} path={state.camera} session={session} cameras={cameras} visit={state} />
      );
  }
}

function Pages({ session, cameras, call }: { session: Session; cameras: CameraList; call: Call }) {
  const route = useSignal(parseRoute(window.location.hash));
  useEffect(() => {
    const update = (): void => {
      route.value = parseRoute(window.location.hash);
    };
    window.addEventListener("hashchange", update);
    return () => window.removeEventListener("hashchange", update);
  }, []);
  const { value: shown } = route;
  switch (shown.page) {
    case "cameras":
      return <CameraGrid session={session} list={cameras} />;
    case "watch":
      return <Watch path={shown.path} session={session} cameras={cameras} visit={null} />;
    case "account":
    case "admin":
      return <AdminPages route={shown} session={session} cameras={cameras} call={call} />;
  }
}

type WatchProps = {
  readonly path: string;
  readonly session: Session;
  readonly cameras: CameraList;
  /** The visit by a share link, null for somebody with an account. */
  readonly visit: SignedIn | null;
};

function Watch({ path, session, cameras, visit }: WatchProps) {
  const t = text.value;
  const { cameras: known, failure } = cameras.state.value;
  const camera = known?.find((entry) => entry.path === path);
  // A camera that is not on the list may be announced any moment, and a first look may fail: so go on asking.
  useCameraPolling(cameras, camera === undefined);
  if (camera !== undefined) {
    return <Stage key={path} camera={camera} session={session} cameras={cameras} visit={visit} />;
  }
  const toList = (): void => {
    window.location.hash = camerasHref;
  };
  const missing = visit === null ? t.unknownCamera : t.cameraAway;
  const sentence = failure === null ? missing : sayFailure(t, failure, navigator.onLine);
  return (
    <main class="page page-middle">
      {known === null && failure === null && <Notice>{t.loadingCameras}</Notice>}
      {(known !== null || failure !== null) && visit !== null && <Notice>{sentence}</Notice>}
      {(known !== null || failure !== null) && visit === null && (
        <Notice action={t.backToCameras} onAction={toList}>
          {sentence}
        </Notice>
      )}
    </main>
  );
}
