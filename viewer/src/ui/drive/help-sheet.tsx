import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { DriveModel } from "../../drive/drive-model.ts";
import { Icon } from "../icons.tsx";
import { LanguageSwitch } from "../language-switch.tsx";
import { BlackBox } from "./black-box.tsx";
import { mirrored, setMirrored } from "./mirror.ts";
import { PadWizard } from "./pad-wizard.tsx";
import { words } from "./words.ts";

/** How to drive by keys, by thumb and by gamepad, and what can be chosen. Esc and the button close it. */
export function HelpSheet({ model, onClose }: { model: DriveModel; onClose: () => void }) {
  const w = words.value;
  const close = useRef<HTMLButtonElement>(null);
  const wizard = useSignal(false);
  useEffect(() => close.current?.focus(), []);
  const { pad, lease } = model.view.value;
  const mayDrive = lease.may !== "stop";
  return (
    <section
      class="sheet drive-sheet"
      id="drive-help"
      role="dialog"
      aria-labelledby="drive-help-title"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <header class="bar">
        <h2 id="drive-help-title">{w.helpTitle}</h2>
        <button ref={close} type="button" class="icon-button" aria-label={w.close} title={w.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {wizard.value ? (
        <PadWizard
          model={model}
          onClose={() => {
            wizard.value = false;
          }}
        />
      ) : (
        <>
          <Keys />
          <h3>{w.touchTitle}</h3>
          <p class="note">{w.touchHint}</p>
          <button
            type="button"
            id="left-handed"
            class="switch"
            role="switch"
            aria-checked={mirrored.value}
            onClick={() => setMirrored(!mirrored.value)}
          >
            <span class="switch-track" aria-hidden="true" />
            {w.leftHanded}
          </button>
          <h3>{w.padTitle}</h3>
          <p class="note">{w.padHint}</p>
          <p class="note" id="pad-state" data-pad={pad}>
            {w.padStates[pad]}
          </p>
          {pad !== "none" && (
            <button
              type="button"
              id="pad-set-up"
              class="button"
              onClick={() => {
                wizard.value = true;
              }}
            >
              {w.padSetUp}
            </button>
          )}
          {mayDrive && <BlackBox device={model.device} />}
          <LanguageSwitch />
        </>
      )}
    </section>
  );
}

function Keys() {
  const w = words.value;
  const rows: readonly (readonly [readonly string[], string])[] = [
    [["W", "S", "A", "D", "↑", "↓", "←", "→"], w.keys.drive],
    [["I", "K", "J", "L"], w.keys.look],
    [["Shift"], w.keys.fine],
    [["−", "="], w.keys.slower],
    [[w.spaceKey, "Esc"], w.keys.stop],
    [["Enter"], w.keys.press],
    [["?"], w.keys.help],
  ];
  return (
    <div class="keys-part">
      <h3>{w.keysTitle}</h3>
      <dl class="keys">
        {rows.map(([keys, meaning]) => (
          <div key={meaning}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
