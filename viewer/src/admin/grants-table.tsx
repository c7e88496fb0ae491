import { type AccountInfo, everyDevice, type Grant, type Role, roleSchema, routes } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { noContent } from "../session/api-client.ts";
import { useSubmit } from "../ui/use-submit.ts";
import { DeviceSelect, RoleSelect, sayDevice } from "./add-person.tsx";
import { AskFirst, Question } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { FormAnswers } from "./form-answers.tsx";
import { useOpened } from "./keep-focus.ts";
import { words } from "./words.ts";

/** What the table of grants is made of. `devices`: the enrolled ones. `own`: the account is that of the person who looks at it. */
export type GrantsTableProps = {
  readonly desk: Desk;
  readonly account: AccountInfo;
  readonly devices: readonly string[];
  readonly own: boolean;
  readonly onChanged: () => Promise<void>;
};

/** The address of one grant. */
function grantPath(name: string, device: string): string {
  return `${routes.accounts}/${name}/grants/${encodeURIComponent(device)}`;
}

/** What an account may do with which device; a tap on a role gives it, in place of the one before. */
export function GrantsTable({ desk, account, devices, own, onChanged }: GrantsTableProps) {
  const t = words.value;
  const { name, grants } = account;
  const set = async (device: string, role: Role): Promise<boolean> => {
    const said = t.grantSet(name, t.roles[role], sayDevice(device));
    const done = await desk.change({ method: "PUT", path: grantPath(name, device), schema: noContent, body: { role } }, said);
    await onChanged();
    return done !== null;
  };
  const remove = async (device: string): Promise<void> => {
    const said = t.grantRemoved(name, sayDevice(device));
    await desk.change({ method: "DELETE", path: grantPath(name, device), schema: noContent }, said);
    await onChanged();
  };
  const free = [everyDevice, ...devices].filter((device) => !grants.some((grant) => grant.device === device));
  return (
    <>
      {grants.length === 0 ? (
        <p class="note">{t.noGrants}</p>
      ) : (
        <table class="grants">
          <caption class="unseen">{t.grantsOf(name)}</caption>
          <tbody>
            {grants.map((grant) => (
              <GrantRow
                key={grant.device}
                name={name}
                grant={grant}
                own={own}
                onChoose={(role) => set(grant.device, role)}
                onRemove={() => remove(grant.device)}
              />
            ))}
          </tbody>
        </table>
      )}
      {free.length > 0 && <GrantAdder devices={free} onAdd={set} />}
    </>
  );
}

type GrantRowProps = {
  readonly name: string;
  readonly grant: Grant;
  readonly own: boolean;
  readonly onChoose: (role: Role) => Promise<unknown>;
  readonly onRemove: () => Promise<unknown>;
};

function GrantRow({ name, grant, own, onChoose, onRemove }: GrantRowProps) {
  const t = words.value;
  const device = sayDevice(grant.device);
  const asked = useSignal<Role | null>(null);
  const { value: lower } = asked;
  // Whoever stops being admin cannot undo it; every other change can be taken back with one more tap.
  const givesUp = own && grant.role === "admin";
  const choose = (role: Role): void => {
    if (givesUp) {
      asked.value = role;
    } else {
      void onChoose(role);
    }
  };
  return (
    <tr>
      <th scope="row">{device}</th>
      <td class="grants-roles">
        <RoleChips device={device} role={grant.role} onChoose={choose} />
      </td>
      <td class="grants-end">
        <AskFirst
          label={t.remove}
          longLabel={`${t.remove}: ${device}`}
          question={givesUp ? t.giveUpQuestion(device) : t.removeGrantQuestion(name, device)}
          onConfirm={onRemove}
        />
        {lower !== null && (
          <Question
            words={t.giveUpQuestion(device)}
            confirm={t.giveUp}
            onConfirm={() => onChoose(lower)}
            onClose={() => {
              asked.value = null;
            }}
          />
        )}
      </td>
    </tr>
  );
}

function RoleChips({ device, role, onChoose }: { device: string; role: Role; onChoose: (role: Role) => void }) {
  const t = words.value;
  const roles: readonly Role[] = roleSchema.options;
  return (
    <fieldset class="choices">
      <legend class="unseen">{`${t.role}: ${device}`}</legend>
      {roles.map((name) => (
        <button key={name} type="button" aria-pressed={name === role} onClick={() => name !== role && onChoose(name)}>
          {t.roles[name]}
        </button>
      ))}
    </fieldset>
  );
}

function GrantAdder({ devices, onAdd }: { devices: readonly string[]; onAdd: (device: string, role: Role) => Promise<boolean> }) {
  const t = words.value;
  const { open, opener, first } = useOpened();
  const { busy, onSubmit } = useSubmit(async (fields) => {
    const role = roleSchema.safeParse(fields.get("role"));
    open.value = !(role.success && (await onAdd(String(fields.get("device")), role.data)));
  });
  if (!open.value) {
    return (
      <div class="actions">
        <button ref={opener} type="button" class="button button-small" onClick={() => (open.value = true)}>
          {t.addGrant}
        </button>
      </div>
    );
  }
  return (
    <form class="form question" onSubmit={onSubmit}>
      <div class="pair">
        <RoleSelect label={t.role} field={first} />
        <DeviceSelect devices={devices} />
      </div>
      <FormAnswers label={t.add} busy={busy.value} onCancel={() => (open.value = false)} />
    </form>
  );
}
