import { type AccountInfo, everyDevice, type Role, roleSchema, routes } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { noContent } from "../session/api-client.ts";
import { DeviceSelect, RoleSelect, sayDevice } from "./add-person.tsx";
import { AskFirst } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { FormAnswers } from "./form-answers.tsx";
import { words } from "./words.ts";

/** What the table of grants is made of. `devices`: the enrolled ones. */
export type GrantsTableProps = {
  readonly desk: Desk;
  readonly account: AccountInfo;
  readonly devices: readonly string[];
  readonly onChanged: () => Promise<void>;
};

/** The address of one grant. */
function grantPath(name: string, device: string): string {
  return `${routes.accounts}/${name}/grants/${encodeURIComponent(device)}`;
}

/** What an account may do with which device; a tap on a role gives it, in place of the one before. */
export function GrantsTable({ desk, account, devices, onChanged }: GrantsTableProps) {
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
              <tr key={grant.device}>
                <th scope="row">{sayDevice(grant.device)}</th>
                <td class="grants-roles">
                  <RoleChips device={grant.device} role={grant.role} onChoose={(role) => void set(grant.device, role)} />
                </td>
                <td class="grants-end">
                  <AskFirst
                    label={t.remove}
                    longLabel={`${t.remove}: ${sayDevice(grant.device)}`}
                    question={t.removeGrantQuestion(name, sayDevice(grant.device))}
                    onConfirm={() => remove(grant.device)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {free.length > 0 && <GrantAdder devices={free} onAdd={set} />}
    </>
  );
}

function RoleChips({ device, role, onChoose }: { device: string; role: Role; onChoose: (role: Role) => void }) {
  const t = words.value;
  const roles: readonly Role[] = roleSchema.options;
  return (
    <fieldset class="choices">
      <legend class="unseen">{`${t.role}: ${sayDevice(device)}`}</legend>
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
  const open = useSignal(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (event.currentTarget instanceof HTMLFormElement) {
      const fields = new FormData(event.currentTarget);
      const role = roleSchema.safeParse(fields.get("role"));
      open.value = !(role.success && (await onAdd(String(fields.get("device")), role.data)));
    }
  };
  if (!open.value) {
    return (
      <div class="actions">
        <button type="button" class="button button-small" onClick={() => (open.value = true)}>
          {t.addGrant}
        </button>
      </div>
    );
  }
  return (
    <form class="form question" onSubmit={(event) => void submit(event)}>
      <div class="pair">
        <RoleSelect label={t.role} />
        <DeviceSelect devices={devices} />
      </div>
      <FormAnswers label={t.add} onCancel={() => (open.value = false)} />
    </form>
  );
}
