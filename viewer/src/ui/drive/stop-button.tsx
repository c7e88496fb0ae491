import type { DriveModel } from "../../drive/drive-model.ts";
import type { StopState } from "../../drive/stream/stop-machine.ts";
import { Mark, type Tone } from "../icons.tsx";
import { words } from "./words.ts";

const tones: Readonly<Record<StopState["phase"], Tone>> = { idle: "quiet", sent: "fair", confirmed: "good", unconfirmed: "bad" };

/** Stops the vehicle, for everybody who sees it. What became of it is beside it in words: sent is not confirmed. */
export function StopButton({ model }: { model: DriveModel }) {
  const w = words.value;
  const { phase } = model.view.value.stop;
  return (
    <div class="stop-corner">
      <button
        type="button"
        id="stop-button"
        data-stop={phase}
        aria-label={w.stopLong}
        aria-keyshortcuts="Space Escape"
        onPointerDown={(event) => {
          // A stop does not wait for the finger to leave; the click that follows is the keyboard's and the screen reader's way.
          if (event.button === 0) {
            model.stop();
          }
        }}
        onClick={(event) => event.detail === 0 && model.stop()}
      >
        {w.stop}
      </button>
      {phase !== "idle" && (
        <p class={`drive-pill state tone-${tones[phase]}`} id="stop-state">
          <Mark tone={tones[phase]} />
          {w.stops[phase]}
        </p>
      )}
    </div>
  );
}
