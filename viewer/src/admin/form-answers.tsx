import { words } from "./words.ts";

/** The two buttons at the end of a small form: does it, or closes it. */
export function FormAnswers({ label, busy = false, onCancel }: { label: string; busy?: boolean; onCancel: () => void }) {
  return (
    <div class="answers">
      <button type="submit" class="button button-small button-strong" disabled={busy}>
        {label}
      </button>
      <button type="button" class="button button-small" onClick={onCancel}>
        {words.value.cancel}
      </button>
    </div>
  );
}
