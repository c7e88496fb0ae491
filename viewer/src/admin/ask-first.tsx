import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { rememberPlace } from "./keep-focus.ts";
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
  const opener = useRef<HTMLButtonElement>(null);
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
        <Question
          words={question}
          confirm={confirm ?? label}
          onConfirm={onConfirm}
          onClose={() => {
            asking.value = false;
            opener.current?.focus();
          }}
        />
      )}
    </>
  );
}

/** What an open question is made of. `onClose` is called after a no, and after what it asks for has been done. */
export type QuestionProps = {
  readonly words: string;
  readonly confirm: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
};

/** A question with its two answers; the focus begins at no. */
export function Question({ words: question, confirm, onConfirm, onClose }: QuestionProps) {
  const busy = useSignal(false);
  const no = useRef<HTMLButtonElement>(null);
  // Before anything is painted: a key pressed right after must find the focus where it belongs.
  useLayoutEffect(() => no.current?.focus(), []);
  const box = useRef<HTMLDivElement>(null);
  const end = async (answered: Promise<unknown>): Promise<void> => {
    const takeFocus = box.current === null ? () => undefined : rememberPlace(box.current);
    await answered;
    onClose();
    // After the page was drawn without the question, and often without the entry.
    setTimeout(takeFocus);
  };
  const confirmed = async (): Promise<void> => {
    busy.value = true;
    await end(onConfirm());
    busy.value = false;
  };
  const refused = (): void => void end(Promise.resolve());
  return (
    <div ref={box} class="question" role="alertdialog" aria-label={question} onKeyDown={(event) => event.key === "Escape" && refused()}>
      <p>{question}</p>
      <div class="answers">
        <button type="button" class="button button-small button-danger" disabled={busy.value} onClick={() => void confirmed()}>
          {confirm}
        </button>
        <button ref={no} type="button" class="button button-small" onClick={refused}>
          {words.value.cancel}
        </button>
      </div>
    </div>
  );
}
