import { type AuditEntry, auditKinds, auditReplySchema } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { language, text } from "../i18n/language.ts";
import { sayTime } from "../i18n/times.ts";
import type { ApiFailure } from "../session/api-client.ts";
import { Notice } from "../ui/notice.tsx";
import { auditFacts } from "./audit-facts.ts";
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
  const failure = useSignal<ApiFailure | null>(null);
  const busy = useSignal(false);
  const turn = useSignal(0);
  const load = async (before: number | null): Promise<void> => {
    turn.value += 1;
    const asked = turn.value;
    busy.value = true;
    failure.value = null;
    const result = await desk.call({ method: "GET", path: auditPath(filter.value, before), schema: auditReplySchema });
    if (asked !== turn.value) {
      return;
    }
    busy.value = false;
    if (!result.ok) {
      failure.value = result.failure;
      return;
    }
    const kept = before === null ? [] : (shown.value?.entries ?? []);
    shown.value = { entries: [...kept, ...result.value.entries], more: result.value.more };
  };
  useEffect(() => void load(null), []);
  const choose = (next: AuditFilter): void => {
    filter.value = next;
    // Entries of the last filter under the words of the next one would be a lie for as long as the answer takes.
    shown.value = null;
    void load(null);
  };
  const last = shown.value?.entries.at(-1) ?? null;
  return (
    <>
      <FilterForm filter={filter.value} onChoose={choose} />
      {shown.value?.entries.length === 0 && <p class="note">{t.noEntries}</p>}
      <ol class="cards audit">
        {shown.value?.entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {busy.value && shown.value === null && <p class="note">{t.loading}</p>}
      {failure.value !== null && (
        <Notice action={text.value.tryAgain} onAction={() => void load(last?.id ?? null)}>
          {sayRefusal(t, failure.value)}
        </Notice>
      )}
      {shown.value?.more === true && last !== null && failure.value === null && (
        <button type="button" class="button button-start" onClick={() => void (busy.value || load(last.id))}>
          {busy.value ? t.loading : t.loadOlder}
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
  return (
    <li class="card" data-kind={entry.kind}>
      <div class="card-words">
        <strong>{t.auditKinds[entry.kind]}</strong>
        <Facts of={auditFacts(t, entry)} />
      </div>
      <time class="card-quiet" dateTime={entry.at}>
        {sayTime(language.value, Date.parse(entry.at), Date.now())}
      </time>
    </li>
  );
}
