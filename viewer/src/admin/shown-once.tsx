import { useLayoutEffect, useRef } from "preact/hooks";
import { copyText } from "./copy-text.ts";
import type { Desk } from "./desk.ts";
import { rememberPlace } from "./keep-focus.ts";
import { words } from "./words.ts";

/** What is shown once. `send`: the text may also be handed to other programs of the phone. `warning`: why it is of little use. */
export type ShownOnceProps = {
  readonly desk: Desk;
  readonly label: string;
  readonly value: string;
  readonly send?: boolean;
  readonly warning?: string | null;
  readonly onDone: () => void;
};

/** A made password or link: shown until it is put away, and never again. */
export function ShownOnce({ desk, label, value, send = false, warning = null, onDone }: ShownOnceProps) {
  const t = words.value;
  const panel = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  // Selecting alone moves the focus in some browsers only; with it the page scrolls here, wherever the button was.
  useLayoutEffect(() => {
    field.current?.focus();
    // Backward: a long link shows its beginning.
    field.current?.setSelectionRange(0, value.length, "backward");
  }, [value]);
  const copy = async (): Promise<void> => {
    if (field.current !== null) {
      const copied = await copyText(field.current);
      desk.say(copied ? t.copied : t.copyByHand, !copied);
    }
  };
  const done = (): void => {
    const takeFocus = panel.current === null ? () => undefined : rememberPlace(panel.current);
    onDone();
    setTimeout(takeFocus);
  };
  // Closing the phone's own sheet without a choice is no failure.
  const share = (): Promise<void> => navigator.share({ url: value }).catch(() => undefined);
  return (
    <section ref={panel} class="once" data-once>
      <label>
        <span>{label}</span>
        <input ref={field} type="text" readOnly value={value} spellcheck={false} />
      </label>
      <p class="note">{t.shownOnce}</p>
      {warning !== null && <p class="problem-line">{warning}</p>}
      <div class="answers">
        <button type="button" class="button button-small button-strong" onClick={() => void copy()}>
          {t.copy}
        </button>
        {send && "share" in navigator && (
          <button type="button" class="button button-small" onClick={() => void share()}>
            {t.shareWith}
          </button>
        )}
        <button type="button" class="button button-small" onClick={done}>
          {t.done}
        </button>
      </div>
    </section>
  );
}
