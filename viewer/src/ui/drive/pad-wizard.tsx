import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { DriveModel } from "../../drive/drive-model.ts";
import { padShelf, readPads } from "../../drive/inputs/browser-pads.ts";
import {
  type Calibration,
  calibrationSteps,
  choosePad,
  maySkip,
  newCalibration,
  type PadName,
  stepCalibration,
} from "../../drive/inputs/calibration-machine.ts";
import type { DriveWords } from "./words.ts";
import { words } from "./words.ts";

/** How often the wizard looks at the pad, ms: a short push is still seen. */
const lookEveryMs = 50;

/** Asks for each stick and button of a gamepad, and keeps the answers on this device. Meanwhile no gamepad drives. */
export function PadWizard({ model, onClose }: { model: DriveModel; onClose: () => void }) {
  const w = words.value;
  const state = useSignal<Calibration>(newCalibration);
  const chosen = useSignal<PadName | null>(null);
  const isThere = useSignal(false);
  const kept = useSignal<boolean | null>(null);
  useEffect(() => {
    model.setUpPad(true);
    const timer = setInterval(() => {
      const pad = choosePad(readPads(), state.value.step === "rest" ? null : chosen.value);
      isThere.value = pad !== null;
      if (pad !== null) {
        chosen.value = { index: pad.index, id: pad.id };
        state.value = stepCalibration(state.value, { type: "look", axes: pad.axes, buttons: pad.buttons });
      }
    }, lookEveryMs);
    return () => {
      clearInterval(timer);
      model.setUpPad(false);
    };
  }, []);
  const step = (type: "next" | "skip"): void => {
    state.value = stepCalibration(state.value, { type });
    const { result } = state.value;
    if (result !== null && chosen.value !== null && kept.value === null) {
      kept.value = padShelf.keep(chosen.value.id, result);
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
        {isThere.value ? w.wizardSteps[at] : w.padGone}
      </p>
      <p class="note">{sayHeard(w, state.value)}</p>
      <div class="wizard-answers">
        <button type="button" class="button button-main" onClick={() => step("next")}>
          {w.next}
        </button>
        {maySkip(at) && (
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
