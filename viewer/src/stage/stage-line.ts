import { parseStreamPath, routes } from "@helmcast/config";
import type { Signal } from "@preact/signals";
import { openClockLink } from "../age/clock-link.ts";
import type { ClockOffset } from "../age/clock-offset.ts";
import { openDriveDoor } from "../drive/drive-door.ts";
import type { DriveModel } from "../drive/drive-model.ts";
import { StageLink } from "../drive/link/stage-link.ts";
import type { Call } from "../session/authorized-call.ts";
import type { Session } from "../session/session.ts";

/** A link whose code could not be fetched is tried again this often, ms. */
const openAgainMs = 2000;

/** What the line of a stage needs. `pictureAgeMs` is the age of the painted picture now, null when it is unknown. */
export type StageLineOptions = {
  readonly session: Session;
  readonly call: Call;
  /** The camera's path, which names its device. */
  readonly path: string;
  readonly pictureAgeMs: () => number | null;
};

/** A stage's line to its device: the controls, null while none are known, and the device's clock for who asks. */
export type StageLine = {
  readonly drive: Signal<DriveModel | null>;
  clock(onOffset: (offset: ClockOffset | null) => void): void;
};

/**
 * Opens the one link of a stage until `ended` is aborted: clock, telemetry, commands and stops. It follows the session's renewed token, and a new
 * network. A picture does not need it, so its code is fetched apart. Null for a stage that has ended meanwhile, or that nobody is signed in for.
 */
export function openLine(options: StageLineOptions, ended: AbortSignal): StageLine | null {
  const { session, call, path, pictureAgeMs } = options;
  const device = parseStreamPath(path)?.device;
  const state = session.state.value;
  if (device === undefined || state.phase !== "signed-in" || ended.aborted) {
    return null;
  }
  const { user, site } = state;
  const link = new StageLink({
    url: `${window.location.protocol === "https:" ? "wss" : "ws"}://${window.location.host}${routes.mqtt}`,
    user,
    token: () => session.token(),
    createSocket: (url, protocols) => new WebSocket(url, protocols),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const visiting = state.kind === "share";
  const drive = openDriveDoor({ site, device, link, session, call, pictureAgeMs, visiting }, ended);
  ended.addEventListener(
    "abort",
    watchToken(session, () => link.refresh()),
  );
  window.addEventListener("online", () => link.refresh(), { signal: ended });
  openLink(link, ended);
  return { drive, clock: (onOffset) => openClockLink({ site, device, link, onOffset }, ended) };
}

/** A picture may well be there when the link's code cannot be fetched, and a stop button must not stay away for that. */
function openLink(link: StageLink, ended: AbortSignal): void {
  link.open(ended).catch(() => {
    if (!ended.aborted) {
      const timer = setTimeout(() => openLink(link, ended), openAgainMs);
      ended.addEventListener("abort", () => clearTimeout(timer), { once: true });
    }
  });
}

/** Tells of each new access token of the session. */
function watchToken(session: Session, changed: () => void): () => void {
  let known = session.token();
  return session.state.subscribe((state) => {
    if (state.phase === "signed-in" && state.accessToken !== known) {
      known = state.accessToken;
      changed();
    }
  });
}
