import type { DriveModel } from "../../drive/drive-model.ts";
import { Mark } from "../icons.tsx";
import { sayStop } from "./say-drive.ts";
import { words } from "./words.ts";

/** Stops the vehicle, for everybody who sees it. What became of it is beside it in words: sent is not confirmed. */
export function StopButton({ model }: { model: DriveModel }) {
  const w = words.value;
  const view = model.view.value;
  const said = sayStop(w, view);
  return (
    <div class="stop-corner">
      <button
        type="button"
        id="stop-button"
        data-stop={view.stop.phase}
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
      {said !== null && (
        <p class={`drive-pill state tone-${said.tone}`} id="stop-state">
          <Mark tone={said.tone} />
          {said.sentence}
        </p>
      )}
    </div>
  );
}
