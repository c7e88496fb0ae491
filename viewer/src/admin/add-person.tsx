import { type AccountInfo, everyDevice, type Grant, type Role, roleSchema } from "@helmcast/config";
import type { RefObject } from "preact";
import { Icon } from "../ui/icons.tsx";
import { useSubmit } from "../ui/use-submit.ts";
import { FormAnswers } from "./form-answers.tsx";
import { useOpened } from "./keep-focus.ts";
import { words } from "./words.ts";

/** A person to add. */
export type NewPerson = Pick<AccountInfo, "name"> & { readonly grants: readonly Grant[] };

/** The form for a new account. A password is always made: one that somebody else chose would be known to two from the start. */
export function AddPerson({ devices, onAdd }: { devices: readonly string[]; onAdd: (person: NewPerson) => Promise<boolean> }) {
  const t = words.value;
  const { open, opener, first } = useOpened();
  const { busy, onSubmit } = useSubmit(async (fields) => {
    const role = roleSchema.safeParse(fields.get("role"));
    const grants = role.success ? [{ device: String(fields.get("device") ?? everyDevice), role: role.data }] : [];
    open.value = !(await onAdd({ name: String(fields.get("name") ?? "").trim(), grants }));
  });
  if (!open.value) {
    return (
      <button ref={opener} type="button" id="add-person" class="button button-strong button-start" onClick={() => (open.value = true)}>
        <Icon name="plus" />
        {t.addPerson}
      </button>
    );
  }
  return (
    <section class="panel">
      <h2>{t.addPerson}</h2>
      <form class="form" onSubmit={onSubmit}>
        <label>
          <span>{t.personName}</span>
          <input
            name="name"
            type="text"
            // A phone's keyboard puts a space after a word; it is taken off before the name is sent.
            pattern="\s*[a-z0-9][a-z0-9._\-]{0,31}\s*"
            title={t.personNameHint}
            maxLength={32}
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
            required
            ref={first}
          />
        </label>
        <p class="note">{t.personNameHint}</p>
        <div class="pair">
          <RoleSelect label={t.firstGrant} none={t.noGrantYet} />
          <DeviceSelect devices={[everyDevice, ...devices]} />
        </div>
        <FormAnswers label={t.add} busy={busy.value} onCancel={() => (open.value = false)} />
      </form>
    </section>
  );
}

/** What the choice of a role is made of. `none` are the words for no role, where that can be chosen. */
export type RoleSelectProps = { readonly label: string; readonly none?: string; readonly field?: RefObject<HTMLSelectElement> };

/** Chooses a role. */
export function RoleSelect({ label, none, field }: RoleSelectProps) {
  const roles: readonly Role[] = roleSchema.options;
  return (
    <label>
      <span>{label}</span>
      <select name="role" {...(field && { ref: field })}>
        {roles.map((role) => (
          <option key={role} value={role}>
            {words.value.roles[role]}
          </option>
        ))}
        {none !== undefined && <option value="">{none}</option>}
      </select>
    </label>
  );
}

/** Chooses a device, or every device. */
export function DeviceSelect({ devices }: { devices: readonly string[] }) {
  return (
    <label>
      <span>{words.value.onDevice}</span>
      <select name="device">
        {devices.map((device) => (
          <option key={device} value={device}>
            {sayDevice(device)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A device's name, or the words for every device. */
export function sayDevice(device: string): string {
  return device === everyDevice ? words.value.everyDevice : device;
}
