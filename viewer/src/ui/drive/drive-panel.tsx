import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { DriveModel } from "../../drive/drive-model.ts";
import { text } from "../../i18n/language.ts";
import type { StageModel } from "../../stage/stage-model.ts";
import { Mark } from "../icons.tsx";
import { HelpSheet } from "./help-sheet.tsx";
import { Readings, Speed } from "./readings.tsx";
import { readWheel, type Said, sayAloud, sayTrouble, sayWish } from "./say-drive.ts";
import { StopButton } from "./stop-button.tsx";
import { Thumbs } from "./thumbs.tsx";
import { useAnnounced } from "./use-announced.ts";
import { useScreenAwake } from "./use-screen-awake.ts";
import { DriverName, HandOver, WheelBar } from "./wheel-bar.tsx";
import { words } from "./words.ts";
import "./drive.css";

/** What a panel is made of. */
export type DrivePanelProps = { readonly stage: StageModel; readonly model: DriveModel };

/** The controls over the picture: the stop for everybody; the wheel, the thumbs and the readings for who may drive. */
export function DrivePanel({ stage, model }: DrivePanelProps) {
  const w = words.value;
  const root = useRef<HTMLElement>(null);
  const helping = useSignal(false);
  const view = model.view.value;
  const wheel = readWheel(view);
  const texts = { words: w, messages: text.value };
  const announced = useAnnounced(sayAloud(texts, view));
  useScreenAwake(wheel === "mine");
  useEffect(() => {
    const abort = new AbortController();
    const hear = (event: KeyboardEvent): void => {
      if (event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey) {
        helping.value = !helping.value;
      }
    };
    window.addEventListener("keydown", hear, { signal: abort.signal });
    return () => abort.abort();
  }, []);
  useEffect(() => {
    // The pressed button is gone by now: the next Tab begins at the panel, not at the top of the page.
    if (document.activeElement === document.body) {
      root.current?.focus({ preventScroll: true });
    }
  }, [wheel]);
  const trouble = sayTrouble(texts, view, stage.view.value.age?.ageMs ?? null);
  const told = wheel === "mine" ? trouble : sayWish(w, view);
  const { may } = view.lease;
  const asked = wheel === "mine" && view.lease.ask !== null;
  return (
    <section
      class="drive"
      id="drive"
      ref={root}
      tabIndex={-1}
      aria-label={w.panel}
      data-lease={wheel}
      data-phase={view.telemetry?.phase ?? ""}
      data-gate={view.gate.reason}
      data-throttle={view.telemetry?.throttle ?? ""}
      data-may={may}
    >
      <StopButton model={model} />
      <div class="dock">
        {wheel === "mine" && <HandOver model={model} />}
        {view.latched && !asked && <Latched model={model} />}
        {told !== null && <Trouble said={told} id={wheel === "mine" ? "gate-reason" : "wheel-said"} />}
        {wheel === "mine" && !view.latched && !asked && (
          <div class="dock-card">
            <Readings model={model} />
            <Speed model={model} />
          </div>
        )}
        <div class="dock-row">
          {(view.lease.heard || view.telemetry !== null) && <DriverName model={model} />}
          {wheel === "mine" ? (
            <button type="button" id="release-wheel" class="button" onClick={() => model.giveBack()}>
              {w.giveBack}
            </button>
          ) : (
            may !== "stop" && <WheelBar model={model} may={may} />
          )}
          <button
            type="button"
            id="drive-help-button"
            class="icon-button icon-button-large help-button"
            aria-label={w.help}
            title={w.help}
            aria-keyshortcuts="?"
            aria-expanded={helping.value}
            onClick={() => {
              helping.value = !helping.value;
            }}
          >
            ?
          </button>
        </div>
      </div>
      {wheel === "mine" && <Thumbs model={model} />}
      <span class="unseen" role="status" id="drive-status">
        {announced.value}
      </span>
      {helping.value && (
        <HelpSheet
          model={model}
          onClose={() => {
            helping.value = false;
            document.getElementById("drive-help-button")?.focus();
          }}
        />
      )}
    </section>
  );
}

/** The sentence of the moment. Eyes see its numbers run; the live region of the panel speaks without them. */
function Trouble({ said, id }: { said: Said; id: string }) {
  return (
    <p class={`drive-pill state tone-${said.tone}`} id={id}>
      <Mark tone={said.tone} />
      <span>{said.sentence}</span>
    </p>
  );
}

/** A stop that is latched. Only the driver clears it, and sees that it takes a moment. */
function Latched({ model }: { model: DriveModel }) {
  const w = words.value;
  const view = model.view.value;
  const wheel = readWheel(view);
  const mine = wheel === "mine";
  const other = wheel === "other" || view.lease.may === "stop" ? w.latchedOther : w.latchedBeforeTake;
  return (
    <div class="drive-card card-latched" id="latched">
      <p>{mine ? w.latched : other}</p>
      {mine && (
        <button
          type="button"
          id="clear-stop"
          class="button button-main"
          disabled={!view.clearable || view.clearing}
          onClick={() => model.clearStop()}
        >
          {view.clearing ? w.clearing : w.clear}
        </button>
      )}
    </div>
  );
}
