import { useEffect, useRef } from "preact/hooks";
import { text } from "../i18n/language.ts";
import type { ShareDoor } from "../session/share-door.ts";
import { Logo } from "./icons.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { Notice } from "./notice.tsx";
import { sayFailure } from "./say-failure.ts";

/** The page of somebody who just came with a share link, until it is open or they went away from it. */
export function ShareDoorPage({ door, signedIn }: { door: ShareDoor; signedIn: boolean }) {
  const t = text.value;
  const state = door.state.value;
  switch (state.phase) {
    case "asking":
      return <Question door={door} user={state.user} />;
    case "gone":
      return <ShareGone onClose={() => door.close()} action={signedIn ? t.backToCameras : t.signIn} />;
    case "failed":
      return (
        <main class="page page-middle">
          <Notice action={t.tryAgain} onAction={() => void door.open()}>
            {sayFailure(t, state.failure, navigator.onLine)}
          </Notice>
        </main>
      );
    default:
      return (
        <main class="page page-middle">
          <Notice>{t.restoring}</Notice>
        </main>
      );
  }
}

function Question({ door, user }: { door: ShareDoor; user: string }) {
  const t = text.value;
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => stay.current?.focus(), []);
  return (
    <main class="page sign-in" id="share-question">
      <div class="sign-in-form" role="alertdialog" aria-labelledby="share-title" aria-describedby="share-words">
        <Logo />
        <h1 id="share-title" class="share-title">
          {t.shareTitle}
        </h1>
        <p id="share-words" class="lead">
          {t.shareQuestion(user)}
        </p>
        <button type="button" class="button button-main" onClick={() => void door.open()}>
          {t.openAsVisitor}
        </button>
        <button type="button" ref={stay} class="button button-wide" onClick={() => door.close()}>
          {t.staySignedIn}
        </button>
      </div>
      <LanguageSwitch />
    </main>
  );
}

/** Says that a share link has ended; `action` is where to go from here. */
export function ShareGone({ action, onClose }: { action: string; onClose: () => void }) {
  return (
    <main class="page page-middle" id="share-gone">
      <Notice action={action} onAction={onClose}>
        {text.value.shareGone}
      </Notice>
      <LanguageSwitch />
    </main>
  );
}
