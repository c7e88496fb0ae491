import type { PictureAge } from "../age/age-machine.ts";
import type { Messages } from "../i18n/messages.ts";
import type { StageCondition } from "./stage-status.ts";

/** A clock error above this is shown beside the age; below it the age is as good as it looks. */
const shownBoundMs = 50;

/** Pure: milliseconds as "48 ms" up to 100, as "0.4 s" up to 10 s, and as "12 s" beyond. */
export function sayAge(text: Messages, ageMs: number): string {
  if (ageMs < 99.5) {
    return text.milliseconds(String(Math.round(ageMs)));
  }
  const seconds = ageMs / 1000;
  return text.seconds(seconds < 9.95 ? seconds.toFixed(1) : String(Math.round(seconds)));
}

/** Pure: an age with its error bound where that is worth saying. */
export function sayAgeWithBound(text: Messages, age: PictureAge): string {
  const spoken = sayAge(text, age.ageMs);
  return age.boundMs > shownBoundMs ? `${spoken} ${text.clockBound(sayAge(text, age.boundMs))}` : spoken;
}

/** Pure: the age of a still picture, in whole seconds and never under one: it stands, however new it is. */
export function sayPosterAge(text: Messages, ageMs: number): string {
  return text.stillPicture(text.seconds(String(Math.max(1, Math.ceil(ageMs / 1000)))));
}

/** Pure: the status line. `age` is that of the seen picture now. */
export function sayStatus(text: Messages, condition: StageCondition, age: PictureAge | null): string {
  switch (condition.status) {
    case "live":
      return sayLive(text, condition.rung === "whep", age);
    case "stale":
      // Without a known age the time it has stood is the least it can be.
      return text.reconnecting(text.seconds(String(Math.max(1, Math.round((age?.ageMs ?? condition.standingMs ?? 0) / 1000)))));
    case "connecting":
      return text.connecting;
    case "away":
      return text.offline;
    case "down":
      return condition.standingMs === null ? text.connecting : text.announceReconnecting;
    case "kicked":
      return text.putOut;
    case "forbidden":
      return text.noAccess;
    case "unsupported":
      return text.cannotPlay;
  }
}

function sayLive(text: Messages, direct: boolean, age: PictureAge | null): string {
  if (age === null) {
    return direct ? text.liveDirectUnknown : text.liveHttpUnknown;
  }
  const spoken = sayAgeWithBound(text, age);
  return direct ? text.liveDirect(spoken) : text.liveHttp(spoken);
}

/** Pure: what a screen reader is told: the state without its running numbers, so that it speaks on changes only. */
export function announceStatus(text: Messages, condition: StageCondition): string {
  switch (condition.status) {
    case "live":
      return condition.rung === "whep" ? text.announceLiveDirect : text.announceLiveHttp;
    case "stale":
      return text.announceReconnecting;
    case "away":
      return text.cameraAway;
    case "down":
      return text.engineDown;
    case "kicked":
      return text.kicked;
    case "forbidden":
      return text.forbidden;
    case "unsupported":
      return text.unsupported;
    default:
      return sayStatus(text, condition, null);
  }
}
