import { useEffect, useRef } from "preact/hooks";
import { copyText } from "./copy-text.ts";
import type { Desk } from "./desk.ts";
import { words } from "./words.ts";

/** What is shown once. `send`: the text may also be handed to other programs of the phone. */
export type ShownOnceProps = {
  readonly desk: Desk;
  readonly label: string;
  readonly value: string;
  readonly send?: boolean;
  readonly onDone: () => void;
};

/** A made password or link: shown until it is put away, and never again. */
export function ShownOnce({ desk, label, value, send = false, onDone }: ShownOnceProps) {
  const t = words.value;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), [value]);
  const copy = async (): Promise<void> => {
    if (field.current !== null) {
      const done = await copyText(field.current);
      desk.say(done ? t.copied : t.copyByHand, !done);
    }
  };
  // Closing the phone's own sheet without a choice is no failure.
  const share = (): Promise<void> => navigator.share({ url: value }).catch(() => undefined);
  return (
    <section class="once" data-once>
      <label>
        <span>{label}</span>
        <input ref={field} type="text" readOnly value={value} spellcheck={false} onFocus={(event) => event.currentTarget.select()} />
      </label>
      <p class="note">{t.shownOnce}</p>
      <div class="answers">
        <button type="button" class="button button-small button-strong" onClick={() => void copy()}>
          {t.copy}
        </button>
        {send && "share" in navigator && (
          <button type="button" class="button button-small" onClick={() => void share()}>
            {t.shareWith}
          </button>
        )}
        <button type="button" class="button button-small" onClick={onDone}>
          {t.done}
        </button>
      </div>
    </section>
  );
}
