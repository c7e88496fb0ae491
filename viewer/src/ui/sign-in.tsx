import { useSignal } from "@preact/signals";
import { text } from "../i18n/language.ts";
import type { ApiFailure } from "../session/api-client.ts";
import type { Session } from "../session/session.ts";
import { Icon, Logo } from "./icons.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { saySignInFailure } from "./say-failure.ts";
import { useSubmit } from "./use-submit.ts";

/** The sign-in page. After a session that ran out it says so, rather than that nobody was there. */
export function SignIn({ session }: { session: Session }) {
  const t = text.value;
  const shown = useSignal(false);
  const failure = useSignal<ApiFailure | null>(null);
  const { busy, onSubmit } = useSubmit(async (fields) => {
    failure.value = null;
    failure.value = await session.signIn(String(fields.get("user") ?? "").trim(), String(fields.get("password") ?? ""));
  });
  const state = session.state.value;
  const ended = state.phase === "signed-out" && state.ended !== null;
  const problem = failure.value === null ? (ended ? t.sessionEnded : "") : saySignInFailure(t, failure.value, navigator.onLine);
  return (
    <main class="page sign-in">
      <form class="sign-in-form" onSubmit={onSubmit} aria-labelledby="sign-in-title">
        <Logo />
        <h1 id="sign-in-title">{t.appName}</h1>
        <p class="lead">{t.signInLead}</p>
        <label for="user">{t.user}</label>
        <input id="user" name="user" type="text" autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={64} required />
        <label for="password">{t.password}</label>
        <div class="field">
          <input
            id="password"
            name="password"
            type={shown.value ? "text" : "password"}
            autocomplete="current-password"
            maxLength={256}
            required
            aria-describedby="sign-in-problem"
          />
          <button
            type="button"
            class="field-button"
            aria-label={shown.value ? t.hidePassword : t.showPassword}
            aria-pressed={shown.value}
            onClick={() => {
              shown.value = !shown.value;
            }}
          >
            <Icon name={shown.value ? "eye-off" : "eye"} />
          </button>
        </div>
        <p id="sign-in-problem" class="problem" role="alert">
          {problem}
        </p>
        <button id="sign-in" type="submit" class="button button-main" disabled={busy.value}>
          {busy.value ? t.signingIn : t.signIn}
        </button>
      </form>
      <LanguageSwitch />
    </main>
  );
}
