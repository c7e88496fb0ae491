import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  type Calibration,
  calibrationSteps,
  newCalibration,
  saveCalibration,
  stepCalibration,
} from "../../drive/inputs/pad-calibration.ts";
import { readFirstPad } from "../../drive/open-drive.ts";
import type { DriveWords } from "./words.ts";
import { words } from "./words.ts";

/** How often the wizard looks at the pad, ms: a short push is still seen. */
const lookEveryMs = 50;

/** Asks for each stick and button of a gamepad that the browser does not know, and keeps the answers on this device. */
export function PadWizard({ onClose }: { onClose: () => void }) {
  const w = words.value;
  const state = useSignal<Calibration>(newCalibration);
  const padId = useSignal<string | null>(null);
  const kept = useSignal<boolean | null>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      const pad = readFirstPad();
      padId.value = pad?.id ?? null;
      if (pad !== null) {
        state.value = stepCalibration(state.value, { type: "look", axes: pad.axes, buttons: pad.buttons });
      }
    }, lookEveryMs);
    return () => clearInterval(timer);
  }, []);
  const step = (type: "next" | "skip"): void => {
    state.value = stepCalibration(state.value, { type });
    const { result } = state.value;
    if (result !== null && padId.value !== null) {
      kept.value = saveCalibration(localStorage, padId.value, result);
    }
  };
  const { step: at } = state.value;
  if (at === null) {
    return (
      <div class="wizard">
        <p role="status">{kept.value === false ? w.wizardNotKept : w.wizardDone}</p>
        <button type="button" class="button button-main" onClick={onClose}>
          {w.close}
        </button>
      </div>
    );
  }
  return (
    <div class="wizard" id="pad-wizard" data-step={at}>
      <p class="note">{w.wizardCount(String(calibrationSteps.indexOf(at) + 1), String(calibrationSteps.length))}</p>
      <p class="wizard-question" role="status">
        {padId.value === null ? w.padGone : w.wizardSteps[at]}
      </p>
      <p class="note">{sayHeard(w, state.value)}</p>
      <div class="wizard-answers">
        <button type="button" class="button button-main" onClick={() => step("next")}>
          {w.next}
        </button>
        {["pan", "tilt", "slower", "faster"].includes(at) && (
          <button type="button" class="button" onClick={() => step("skip")}>
            {w.skip}
          </button>
        )}
        <button type="button" class="button" onClick={onClose}>
          {w.cancel}
        </button>
      </div>
    </div>
  );
}

function sayHeard(w: DriveWords, { step, far }: Calibration): string {
  if (step === "rest") {
    return "";
  }
  if (far === null) {
    return w.heardNothing;
  }
  return typeof far === "number" ? w.heardButton(String(far)) : w.heardAxis(String(far.axis));
}
