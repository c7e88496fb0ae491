import { type AuditEntry, auditKinds, auditReplySchema } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { language } from "../i18n/language.ts";
import { sayTime } from "../i18n/times.ts";
import { type AuditFilter, auditPath } from "./audit-path.ts";
import { type Desk, sayRefusal } from "./desk.ts";
import { Facts } from "./facts.tsx";
import { words } from "./words.ts";

/** The entries that are shown so far; `more` says that there are older ones. */
type Shown = { readonly entries: readonly AuditEntry[]; readonly more: boolean };

/** Everything that was recorded, newest first. */
export function AuditSection({ desk }: { desk: Desk }) {
  const t = words.value;
  const filter = useSignal<AuditFilter>({ kind: "", actor: "", device: "" });
  const shown = useSignal<Shown | null>(null);
  const turn = useSignal(0);
  const load = async (before: number | null): Promise<void> => {
    turn.value += 1;
    const asked = turn.value;
    const result = await desk.call({ method: "GET", path: auditPath(filter.value, before), schema: auditReplySchema });
    if (asked !== turn.value) {
      return;
    }
    if (!result.ok) {
      desk.say(sayRefusal(words.value, result.failure), true);
      shown.value ??= { entries: [], more: false };
      return;
    }
    const kept = before === null ? [] : (shown.value?.entries ?? []);
    shown.value = { entries: [...kept, ...result.value.entries], more: result.value.more };
  };
  useEffect(() => void load(null), []);
  const choose = (next: AuditFilter): void => {
    filter.value = next;
    void load(null);
  };
  const last = shown.value?.entries.at(-1);
  return (
    <>
      <FilterForm filter={filter.value} onChoose={choose} />
      {shown.value === null && <p class="note">{t.loading}</p>}
      {shown.value?.entries.length === 0 && <p class="note">{t.noEntries}</p>}
      <ol class="cards audit">
        {shown.value?.entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {shown.value?.more === true && last !== undefined && (
        <button type="button" class="button button-start" onClick={() => void load(last.id)}>
          {t.loadOlder}
        </button>
      )}
    </>
  );
}

function FilterForm({ filter, onChoose }: { filter: AuditFilter; onChoose: (filter: AuditFilter) => void }) {
  const t = words.value;
  const read = (form: HTMLFormElement): void => {
    const fields = new FormData(form);
    const word = (name: string): string => String(fields.get(name) ?? "").trim();
    onChoose({ kind: word("kind"), actor: word("actor"), device: word("device") });
  };
  return (
    <form
      class="form filter"
      onSubmit={(event) => {
        event.preventDefault();
        read(event.currentTarget);
      }}
    >
      <label>
        <span>{t.what}</span>
        <select name="kind" value={filter.kind} onChange={(event) => event.currentTarget.form !== null && read(event.currentTarget.form)}>
          <option value="">{t.everything}</option>
          {auditKinds.map((kind) => (
            <option key={kind} value={kind}>
              {t.auditKinds[kind]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t.person}</span>
        <input name="actor" type="search" maxLength={64} autocapitalize="none" spellcheck={false} defaultValue={filter.actor} />
      </label>
      <label>
        <span>{t.onDevice}</span>
        <input name="device" type="search" maxLength={32} autocapitalize="none" spellcheck={false} defaultValue={filter.device} />
      </label>
      <button type="submit" class="button">
        {t.filter}
      </button>
    </form>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const t = words.value;
  const atMs = Date.parse(entry.at);
  const whom = entry.subject === "" || entry.subject === entry.actor ? entry.actor : `${entry.actor} → ${entry.subject}`;
  return (
    <li class="card" data-kind={entry.kind}>
      <div class="card-words">
        <strong>{t.auditKinds[entry.kind]}</strong>
        <Facts of={[whom, entry.device, entry.address]} />
      </div>
      <time class="card-quiet" dateTime={entry.at}>
        {sayTime(language.value, atMs, Date.now())}
      </time>
    </li>
  );
}
