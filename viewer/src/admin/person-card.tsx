import { type AccountInfo, routes } from "@helmcast/config";
import { noContent } from "../session/api-client.ts";
import { accountHref } from "../ui/route.ts";
import { useSubmit } from "../ui/use-submit.ts";
import { sayDevice } from "./add-person.tsx";
import { AskFirst } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { Facts } from "./facts.tsx";
import { FormAnswers } from "./form-answers.tsx";
import { GrantsTable } from "./grants-table.tsx";
import { useOpened } from "./keep-focus.ts";
import { words } from "./words.ts";

/** What a person's card is made of. `own`: the account is that of the person who looks at it. */
export type PersonCardProps = {
  readonly desk: Desk;
  readonly account: AccountInfo;
  readonly own: boolean;
  readonly devices: readonly string[];
  readonly onPassword: (body: { password?: string }) => Promise<boolean>;
  readonly onChanged: () => Promise<void>;
};

/** One account: a line with its roles, and behind it everything that can be changed. */
export function PersonCard({ desk, account, own, devices, onPassword, onChanged }: PersonCardProps) {
  const t = words.value;
  const { name, grants } = account;
  const remove = async (): Promise<void> => {
    await desk.change({ method: "DELETE", path: `${routes.accounts}/${name}`, schema: noContent }, t.personRemoved(name));
    await onChanged();
  };
  return (
    <li class="card card-open" data-person={name}>
      <details>
        <summary>
          <span class="card-words">
            <strong>{name}</strong>
            <Facts of={[own ? t.you : null, t.signIns(account.signIns)]} />
          </span>
          <span class="chips">
            {grants.map(({ device, role }) => (
              <span key={device} class="chip">
                {`${sayDevice(device)}: ${t.roles[role]}`}
              </span>
            ))}
          </span>
        </summary>
        <GrantsTable desk={desk} account={account} devices={devices} own={own} onChanged={onChanged} />
        <div class="actions">
          {own ? (
            // A set password ends every sign-in of the account, this page's too: a made one would be gone before it was read.
            <a class="button button-small" href={accountHref}>
              {t.changePassword}
            </a>
          ) : (
            <PasswordSetter name={name} onPassword={onPassword} />
          )}
          <AskFirst
            label={t.removePerson}
            longLabel={`${t.removePerson}: ${name}`}
            confirm={t.remove}
            question={t.removePersonQuestion(name)}
            onConfirm={remove}
          />
        </div>
      </details>
    </li>
  );
}

function PasswordSetter({ name, onPassword }: { name: string; onPassword: PersonCardProps["onPassword"] }) {
  const t = words.value;
  const { open, opener } = useOpened();
  const { busy, onSubmit } = useSubmit(async (fields) => {
    const password = String(fields.get("password") ?? "");
    open.value = !(await onPassword(password === "" ? {} : { password }));
  });
  return (
    <>
      <button ref={opener} type="button" class="button button-small" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        {t.setPassword}
      </button>
      {open.value && (
        <form class="form question" onSubmit={onSubmit}>
          <label>
            <span>{t.ownWord}</span>
            <input name="password" type="password" autocomplete="new-password" minLength={8} maxLength={256} />
          </label>
          <p class="note">
            {t.madeWord} {t.setPasswordWarning(name)}
          </p>
          <FormAnswers label={t.setPassword} busy={busy.value} onCancel={() => (open.value = false)} />
        </form>
      )}
    </>
  );
}
