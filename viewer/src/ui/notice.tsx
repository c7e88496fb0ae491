import type { ComponentChildren } from "preact";

/** What a notice is made of. `waits`: its action cannot be used yet, and its words say until when. */
export type NoticeProps = {
  readonly children: ComponentChildren;
  readonly action?: string;
  readonly waits?: boolean;
  readonly onAction?: () => void;
};

/** A state in one sentence, with the one thing a person can do about it. */
export function Notice({ children, action, waits = false, onAction }: NoticeProps) {
  return (
    <div class="notice">
      <p>{children}</p>
      {action !== undefined && (
        <button type="button" class="button" disabled={waits} onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
