import { changePasswordRequestSchema, routes, type SignInInfo, signInListSchema } from "@helmcast/config";
import { language, text } from "../i18n/language.ts";
import { sayAgo, sayTime } from "../i18n/times.ts";
import { noContent } from "../session/api-client.ts";
import type { Session } from "../session/session.ts";
import { useSubmit } from "../ui/use-submit.ts";
import { AskFirst } from "./ask-first.tsx";
import { type Desk, sayRefusal } from "./desk.ts";
import { Facts } from "./facts.tsx";
import { useRemote } from "./remote.ts";
import { sayBrowser } from "./say-browser.ts";
import { SectionList } from "./section-list.tsx";
import { words } from "./words.ts";

/** How often the list of sign-ins is asked again, in ms. */
const refreshEveryMs = 10_000;

/** One's own account: its password, the places where it is signed in, and the ways out. */
export function AccountPage({ desk, session }: { desk: Desk; session: Session }) {
  const t = words.value;
  const state = session.state.value;
  const signIns = useRemote(() => desk.call({ method: "GET", path: routes.signIns, schema: signInListSchema }), refreshEveryMs);
  const end = async (id: string): Promise<void> => {
    await desk.change({ method: "DELETE", path: `${routes.signIns}/${id}`, schema: noContent }, t.signInEnded);
    await signIns.refresh();
  };
  const outEverywhere = async (): Promise<void> => {
    const failure = await session.signOutEverywhere();
    if (failure !== null) {
      desk.say(sayRefusal(t, failure), true);
    }
  };
  return (
    <>
      <p class="note">{state.phase === "signed-in" && t.signedInAs(state.user)}</p>
      <section class="panel">
        <h2>{t.whereSignedIn}</h2>
        <SectionList remote={signIns} empty={t.loading}>
          {(entry) => <SignInCard key={entry.id} entry={entry} onEnd={() => end(entry.id)} />}
        </SectionList>
        <div class="actions">
          <button type="button" class="button button-small" onClick={() => void session.signOut()}>
            {text.value.signOut}
          </button>
          <AskFirst label={t.signOutEverywhere} question={t.signOutEverywhereQuestion} onConfirm={outEverywhere} />
        </div>
      </section>
      <PasswordForm desk={desk} user={state.phase === "signed-in" ? state.user : ""} onChanged={() => void signIns.refresh()} />
    </>
  );
}

function SignInCard({ entry, onEnd }: { entry: SignInInfo; onEnd: () => Promise<void> }) {
  const t = words.value;
  const browser = sayBrowser(entry.userAgent) ?? t.unknownBrowser;
  const nowMs = Date.now();
  const since = t.since(sayTime(language.value, Date.parse(entry.createdAt), nowMs));
  return (
    <li class="card">
      <div class="card-words">
        <strong>{browser}</strong>
        <Facts
          of={[entry.address, since, entry.current ? null : t.lastSeen(sayAgo(language.value, Date.parse(entry.lastSeenAt), nowMs))]}
        />
      </div>
      {entry.current ? (
        <span class="chip chip-on">{t.thisBrowser}</span>
      ) : (
        <AskFirst label={t.end} longLabel={`${t.end}: ${browser}, ${since}`} question={t.endSignInQuestion(browser)} onConfirm={onEnd} />
      )}
    </li>
  );
}

function PasswordForm({ desk, user, onChanged }: { desk: Desk; user: string; onChanged: () => void }) {
  const t = words.value;
  const { busy, onSubmit } = useSubmit(async (fields, form) => {
    const body = { current: String(fields.get("current") ?? ""), next: String(fields.get("next") ?? "") };
    if (!changePasswordRequestSchema.safeParse(body).success) {
      desk.say(t.passwordHint, true);
      return;
    }
    const result = await desk.call({ method: "POST", path: routes.password, schema: noContent, body });
    if (result.ok) {
      form.reset();
      desk.say(t.passwordChanged);
      onChanged();
      return;
    }
    const wrong = result.failure.kind === "refused" && result.failure.code === "HC_GATEWAY_WRONG_LOGIN";
    desk.say(wrong ? t.currentWrong : sayRefusal(t, result.failure), true);
  });
  return (
    <section class="panel">
      <h2>{t.changePassword}</h2>
      <form class="form" onSubmit={onSubmit}>
        <input type="text" name="username" autocomplete="username" value={user} hidden readOnly />
        <label>
          <span>{t.currentPassword}</span>
          <input name="current" type="password" autocomplete="current-password" maxLength={256} required />
        </label>
        <label>
          <span>{t.newPassword}</span>
          <input
            name="next"
            type="password"
            autocomplete="new-password"
            minLength={8}
            maxLength={256}
            required
            aria-describedby="password-hint"
          />
        </label>
        <p class="note" id="password-hint">
          {t.passwordHint}
        </p>
        <button type="submit" class="button button-strong" disabled={busy.value}>
          {t.changePassword}
        </button>
      </form>
    </section>
  );
}
