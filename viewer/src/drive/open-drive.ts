import type { Call } from "../session/authorized-call.ts";
import type { Session } from "../session/session.ts";
import { DriveModel } from "./drive-model.ts";
import { playTick } from "./haptics.ts";
import { findRumble, padShelf, readPads } from "./inputs/browser-pads.ts";
import type { KeyEvent } from "./inputs/keyboard-machine.ts";
import { hearReleases } from "./inputs/release-causes.ts";
import { LeaseClient } from "./lease/lease-client.ts";
import type { StageLink } from "./link/stage-link.ts";

/** What the controls of one stage need. */
export type OpenDriveOptions = {
  readonly site: string;
  readonly device: string;
  readonly session: Session;
  readonly call: Call;
  readonly link: StageLink;
  readonly pictureAgeMs: () => number | null;
  /** By a share link: such a visitor sees what the vehicle does and who drives, and may stop it. */
  readonly visiting: boolean;
};

/** Opens the controls in this browser, until `ended` is aborted: keys, gamepads, the page's releases, the lease, the stream of commands. */
export function openDrive(options: OpenDriveOptions, ended: AbortSignal): DriveModel {
  const { site, device, session, call, link, pictureAgeMs } = options;
  const nowMs = (): number => performance.now();
  const lease = new LeaseClient({
    device,
    tab: crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 64),
    nowMs,
    call,
    sendLast: (path, body) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${session.token()}` };
      fetch(path, { method: "POST", keepalive: true, headers, body: JSON.stringify(body) }).catch(() => undefined);
    },
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const model = new DriveModel({
    site,
    device,
    link,
    lease,
    pictureAgeMs,
    nowMs,
    random: Math.random,
    readPads,
    every: (periodMs, run) => {
      const timer = setInterval(run, periodMs);
      return () => clearInterval(timer);
    },
    feel: (tick) => playTick(tick, findHaptics()),
    readCalibration: (padId) => padShelf.read(padId),
  });
  model.open(ended);
  if (!options.visiting) {
    lease.open(ended);
  }
  hearReleases({ window, document, orientation: screen.orientation ?? null }, ended, (cause) => model.release(cause));
  hearKeys(model, ended);
  return model;
}

function hearKeys(model: DriveModel, ended: AbortSignal): void {
  for (const kind of ["down", "up"] as const) {
    const hear = (event: KeyboardEvent): void => {
      if (model.hearKey(readKey(kind, event))) {
        event.preventDefault();
      }
    };
    window.addEventListener(`key${kind}`, hear, { signal: ended });
  }
}

function readKey(kind: KeyEvent["kind"], event: KeyboardEvent): KeyEvent {
  const { code, repeat, shiftKey: shift, target } = event;
  const field = target instanceof Element ? target.closest("input, select, textarea, [contenteditable]") : null;
  // A slider needs its arrows only: Space still stops, and letters still drive.
  const isSlider = field instanceof HTMLInputElement && field.type === "range" && !code.startsWith("Arrow");
  return { kind, code, repeat, shift, chord: event.ctrlKey || event.altKey || event.metaKey, inField: field !== null && !isSlider };
}

function findHaptics(): Parameters<typeof playTick>[1] {
  return { vibrate: "vibrate" in navigator ? (pattern) => navigator.vibrate(pattern) : null, rumble: findRumble() };
}
