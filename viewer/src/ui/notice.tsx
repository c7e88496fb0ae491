import type { ComponentChildren } from "preact";

/** A state in one sentence, with the one thing a person can do about it. */
export function Notice({ children, action, onAction }: { children: ComponentChildren; action?: string; onAction?: () => void }) {
  return (
    <div class="notice">
      <p>{children}</p>
      {action !== undefined && (
        <button type="button" class="button" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
