import { type AccountInfo, routes } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { noContent } from "../session/api-client.ts";
import { sayDevice } from "./add-person.tsx";
import { AskFirst } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { FormAnswers } from "./form-answers.tsx";
import { GrantsTable } from "./grants-table.tsx";
import { words } from "./words.ts";

/** What a person's card is made of. */
export type PersonCardProps = {
  readonly desk: Desk;
  readonly account: AccountInfo;
  readonly devices: readonly string[];
  readonly onPassword: (body: { password?: string }) => Promise<boolean>;
  readonly onChanged: () => Promise<void>;
};

/** One account: a line with its roles, and behind it everything that can be changed. */
export function PersonCard({ desk, account, devices, onPassword, onChanged }: PersonCardProps) {
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
            <span class="card-quiet">{t.signIns(account.signIns)}</span>
          </span>
          <span class="chips">
            {grants.map(({ device, role }) => (
              <span key={device} class="chip">
                {`${sayDevice(device)}: ${t.roles[role]}`}
              </span>
            ))}
          </span>
        </summary>
        <GrantsTable desk={desk} account={account} devices={devices} onChanged={onChanged} />
        <div class="actions">
          <PasswordSetter name={name} onPassword={onPassword} />
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
  const open = useSignal(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (event.currentTarget instanceof HTMLFormElement) {
      const password = String(new FormData(event.currentTarget).get("password") ?? "");
      open.value = !(await onPassword(password === "" ? {} : { password }));
    }
  };
  return (
    <>
      <button type="button" class="button button-small" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        {t.setPassword}
      </button>
      {open.value && (
        <form class="form question" onSubmit={(event) => void submit(event)}>
          <label>
            <span>{t.ownWord}</span>
            <input name="password" type="password" autocomplete="new-password" minLength={8} maxLength={256} />
          </label>
          <p class="note">
            {t.madeWord} {t.setPasswordWarning(name)}
          </p>
          <FormAnswers label={t.setPassword} onCancel={() => (open.value = false)} />
        </form>
      )}
    </>
  );
}
