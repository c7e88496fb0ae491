import type { LeaseRight } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { DriveModel } from "../../drive/drive-model.ts";
import { Ring } from "./ring.tsx";
import { nameDriver, readWheel, secondsLeft } from "./say-drive.ts";
import { words } from "./words.ts";

/** Who drives, in words, for everybody. */
export function DriverName({ model }: { model: DriveModel }) {
  const w = words.value;
  const view = model.view.value;
  const name = nameDriver(view);
  const mine = readWheel(view) === "mine";
  return (
    <div class="driver-line">
      <p class="drive-pill state" id="driver-name">
        <WheelSign mine={mine} />
        <span>{mine ? w.youDrive : name === null ? w.nobodyDrives : w.drives(name)}</span>
      </p>
    </div>
  );
}

/** Take, ask, take at once: what somebody who may drive but does not can do now. */
export function WheelBar({ model, may }: { model: DriveModel; may: LeaseRight }) {
  const w = words.value;
  const seizing = useSignal(false);
  const view = model.view.value;
  const name = nameDriver(view);
  const { ask } = view.lease;
  const setSeizing = (wanted: boolean): void => {
    seizing.value = wanted;
  };
  if (ask?.mine === true) {
    return <Waiting model={model} untilMs={ask.untilMs} name={name ?? ""} />;
  }
  if (name === null) {
    return (
      <button type="button" id="take-wheel" class="button button-main" disabled={!view.connected} onClick={() => model.take()}>
        {w.take}
      </button>
    );
  }
  if (seizing.value) {
    return <SeizeQuestion model={model} name={name} onClose={() => setSeizing(false)} />;
  }
  return (
    <div class="wheel-actions">
      <button type="button" id="ask-wheel" class="button button-main" onClick={() => model.ask()}>
        {w.ask}
      </button>
      {may === "seize" && (
        <button type="button" id="seize-wheel" class="button" onClick={() => setSeizing(true)}>
          {w.seize}
        </button>
      )}
    </div>
  );
}

function Waiting({ model, untilMs, name }: { model: DriveModel; untilMs: number; name: string }) {
  const w = words.value;
  return (
    <div class="drive-card" id="ask-waiting">
      <Ring untilMs={untilMs} />
      <p>{w.waitFor(name, String(secondsLeft(untilMs, performance.now())))}</p>
      <div class="card-actions">
        <button type="button" id="ask-cancel" class="button" onClick={() => model.answer(false)}>
          {w.takeBackAsk}
        </button>
      </div>
    </div>
  );
}

/** Taking a wheel out of somebody's hands has its question first, in place. Esc is no, and stops the vehicle as everywhere. */
function SeizeQuestion({ model, name, onClose }: { model: DriveModel; name: string; onClose: () => void }) {
  const w = words.value;
  const no = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => no.current?.focus(), []);
  const question = w.seizeQuestion(name);
  return (
    <div class="drive-card" role="alertdialog" aria-label={question} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <p>{question}</p>
      <div class="card-actions">
        <button
          type="button"
          id="seize-yes"
          class="button button-danger"
          onClick={() => {
            model.seize();
            onClose();
          }}
        >
          {w.seize}
        </button>
        <button ref={no} type="button" id="seize-no" class="button" onClick={onClose}>
          {w.cancel}
        </button>
      </div>
    </div>
  );
}

/** Asks the driver: hand over, or keep. It takes no focus away: the driver's keys go on driving. */
export function HandOver({ model }: { model: DriveModel }) {
  const w = words.value;
  const { ask } = model.view.value.lease;
  if (ask === null) {
    return null;
  }
  return (
    <section class="drive-card card-asks" id="handover" aria-label={w.handOver}>
      <Ring untilMs={ask.untilMs} />
      <p>{w.asksYou(ask.by, String(secondsLeft(ask.untilMs, performance.now())))}</p>
      <div class="card-actions">
        <button type="button" id="handover-yes" class="button" onClick={() => model.answer(true)}>
          {w.handOver}
        </button>
        <button type="button" id="handover-no" class="button button-main" onClick={() => model.answer(false)}>
          {w.keep}
        </button>
      </div>
    </section>
  );
}

function WheelSign({ mine }: { mine: boolean }) {
  return (
    <svg class={mine ? "wheel-sign wheel-mine" : "wheel-sign"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <circle cx="12" cy="12" r="9" />
      <circle cx="12" cy="12" r="2" />
      <path d="M3 11h7M14 11h7M12 14v7" />
    </svg>
  );
}
