import { text } from "../i18n/language.ts";
import type { Messages } from "../i18n/messages.ts";
import type { StageStatus } from "../stage/stage-status.ts";
import { Notice } from "./notice.tsx";
import { camerasHref } from "./route.ts";

/** What the notice is made of. `waitMs`: no new try before that; `visiting`: there is no list to go back to. */
export type StageNoticeProps = {
  readonly status: StageStatus;
  readonly waitMs: number;
  readonly visiting: boolean;
  readonly onRetry: () => void;
};

/** The sentence and the action of a stage that cannot show a moving picture; nothing while it can or is about to. */
export function StageNotice({ status, waitMs, visiting, onRetry }: StageNoticeProps) {
  const t = text.value;
  const sentence = sentenceOf(t, status);
  if (sentence === null) {
    return null;
  }
  const final = status === "forbidden" || status === "unsupported";
  if (final && visiting) {
    return (
      <div class="stage-notice">
        <Notice>{sentence}</Notice>
      </div>
    );
  }
  return (
    <div class="stage-notice">
      {final ? (
        <Notice
          action={t.backToCameras}
          onAction={() => {
            window.location.hash = camerasHref;
          }}
        >
          {sentence}
        </Notice>
      ) : (
        <Notice action={waitMs > 0 ? t.tryAgainIn(String(Math.ceil(waitMs / 1000))) : t.tryAgain} waits={waitMs > 0} onAction={onRetry}>
          {sentence}
        </Notice>
      )}
    </div>
  );
}

function sentenceOf(t: Messages, status: StageStatus): string | null {
  switch (status) {
    case "away":
      return t.cameraAway;
    case "down":
      return t.engineDown;
    case "kicked":
      return t.kicked;
    case "forbidden":
      return t.forbidden;
    case "unsupported":
      return t.unsupported;
    default:
      return null;
  }
}
