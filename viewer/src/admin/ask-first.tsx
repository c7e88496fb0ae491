import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { words } from "./words.ts";

/** What a question is made of. `confirm` are the words of the button that does it. */
export type AskFirstProps = {
  readonly label: string;
  /** Said to screen readers in place of the label, where the label alone does not say what of. */
  readonly longLabel?: string;
  readonly question: string;
  readonly confirm?: string;
  readonly onConfirm: () => Promise<unknown>;
};

/** A button that does nothing before its question, in words and in place, has been answered. Esc is no. */
export function AskFirst({ label, longLabel, question, confirm, onConfirm }: AskFirstProps) {
  const asking = useSignal(false);
  const busy = useSignal(false);
  const opener = useRef<HTMLButtonElement>(null);
  const no = useRef<HTMLButtonElement>(null);
  // Before anything is painted: a key pressed right after must find the focus where it belongs.
  useLayoutEffect(() => {
    if (asking.value) {
      no.current?.focus();
    }
  }, [asking.value]);
  const close = (): void => {
    asking.value = false;
    opener.current?.focus();
  };
  const act = async (): Promise<void> => {
    busy.value = true;
    await onConfirm();
    busy.value = false;
    asking.value = false;
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        class="button button-small"
        aria-label={longLabel}
        aria-expanded={asking.value}
        onClick={() => {
          asking.value = !asking.value;
        }}
      >
        {label}
      </button>
      {asking.value && (
        <div class="question" role="alertdialog" aria-label={question} onKeyDown={(event) => event.key === "Escape" && close()}>
          <p>{question}</p>
          <div class="answers">
            <button type="button" class="button button-small button-danger" disabled={busy.value} onClick={() => void act()}>
              {confirm ?? label}
            </button>
            <button ref={no} type="button" class="button button-small" onClick={close}>
              {words.value.cancel}
            </button>
          </div>
        </div>
      )}
    </>
  );
}
