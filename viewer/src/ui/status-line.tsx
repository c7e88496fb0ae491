import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PictureAge } from "../age/age-machine.ts";
import { text } from "../i18n/language.ts";
import type { StageCondition } from "../stage/stage-status.ts";
import { announceStatus, sayStatus } from "../stage/words.ts";
import { Mark, type Tone } from "./icons.tsx";

/** A live region that changes faster is unusable with a screen reader. */
const announceEveryMs = 1000;

/** The state in words. Eyes see the running age; a screen reader hears the state, at most once a second and only when it changes. */
export function StatusLine({ condition, age }: { condition: StageCondition; age: PictureAge | null }) {
  const t = text.value;
  const announced = useSignal("");
  const wanted = announceStatus(t, condition);
  useEffect(() => {
    const timer = setTimeout(() => {
      announced.value = wanted;
    }, announceEveryMs);
    return () => clearTimeout(timer);
  }, [wanted]);
  const tone = toneOf(condition);
  return (
    <p class={`state state-${tone}`}>
      <Mark tone={tone} />
      <span id="status-line" aria-hidden="true">
        {sayStatus(t, condition, age)}
      </span>
      <span class="unseen" role="status">
        {announced.value === "" ? null : announced.value}
      </span>
    </p>
  );
}

function toneOf({ status, rung }: StageCondition): Tone {
  switch (status) {
    case "live":
      return rung === "whep" ? "good" : "fair";
    case "stale":
    case "down":
    case "kicked":
    case "forbidden":
    case "unsupported":
      return "bad";
    default:
      return "quiet";
  }
}
