import { text } from "../i18n/language.ts";
import type { Messages } from "../i18n/messages.ts";
import type { StageStatus } from "../stage/stage-status.ts";
import { Notice } from "./notice.tsx";
import { camerasHref } from "./route.ts";

/** The sentence and the action of a stage that cannot show a moving picture; nothing while it can or is about to. */
export function StageNotice({ status, onRetry }: { status: StageStatus; onRetry: () => void }) {
  const t = text.value;
  const sentence = sentenceOf(t, status);
  if (sentence === null) {
    return null;
  }
  const final = status === "forbidden" || status === "unsupported";
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
        <Notice action={t.tryAgain} onAction={onRetry}>
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
    case "forbidden":
      return t.forbidden;
    case "unsupported":
      return t.unsupported;
    default:
      return null;
  }
}
