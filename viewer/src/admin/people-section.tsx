import { accountListSchema, deviceListSchema, passwordReplySchema, routes } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { AddPerson } from "./add-person.tsx";
import type { Desk } from "./desk.ts";
import { PersonCard } from "./person-card.tsx";
import { useRemote } from "./remote.ts";
import { SectionList } from "./section-list.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { words } from "./words.ts";

/** How often people and devices are asked again, in ms. */
const refreshEveryMs = 10_000;

/** A password that the relay made, and whose it is. */
export type MadePassword = { readonly name: string; readonly password: string };

/** Accounts and what each may do. `user` is the account of the person who looks at them. */
export function PeopleSection({ desk, user }: { desk: Desk; user: string }) {
  const t = words.value;
  const made = useSignal<MadePassword | null>(null);
  const people = useRemote(() => desk.call({ method: "GET", path: routes.accounts, schema: accountListSchema }), refreshEveryMs);
  const devices = useRemote(() => desk.call({ method: "GET", path: routes.devices, schema: deviceListSchema }), refreshEveryMs);
  const ids = devices.state.value.value?.map(({ id }) => id) ?? [];
  const send = async (path: string, body: unknown, said: string): Promise<boolean> => {
    const reply = await desk.change({ method: "POST", path, schema: passwordReplySchema, body }, said);
    if (reply !== null) {
      made.value = reply.password === null ? null : { name: reply.name, password: reply.password };
      await people.refresh();
    }
    return reply !== null;
  };
  return (
    <>
      {made.value !== null && (
        <ShownOnce
          desk={desk}
          label={t.passwordOf(made.value.name)}
          value={made.value.password}
          onDone={() => {
            made.value = null;
          }}
        />
      )}
      <AddPerson devices={ids} onAdd={(body) => send(routes.accounts, body, t.personAdded(body.name))} />
      <SectionList remote={people} empty={t.loading}>
        {(account) => (
          <PersonCard
            key={account.name}
            desk={desk}
            account={account}
            own={account.name === user}
            devices={ids}
            onPassword={(body) => send(`${routes.accounts}/${account.name}/password`, body, t.passwordSet(account.name))}
            onChanged={() => people.refresh()}
          />
        )}
      </SectionList>
    </>
  );
}
