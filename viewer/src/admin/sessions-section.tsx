import { routes, type WatchInfo, watchListSchema } from "@helmcast/config";
import { language } from "../i18n/language.ts";
import { sayAgo } from "../i18n/times.ts";
import { noContent } from "../session/api-client.ts";
import { AskFirst } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { Facts } from "./facts.tsx";
import { useRemote } from "./remote.ts";
import { sayBytes } from "./say-bytes.ts";
import { SectionList } from "./section-list.tsx";
import { words } from "./words.ts";

/** How often it is asked who is connected, in ms, while the page can be seen. */
const refreshEveryMs = 2000;

/** Who is connected now, and how. */
export function SessionsSection({ desk }: { desk: Desk }) {
  const watches = useRemote(() => desk.call({ method: "GET", path: routes.watches, schema: watchListSchema }), refreshEveryMs);
  return (
    <SectionList remote={watches} empty={words.value.noSessions}>
      {(watch) => <WatchCard key={watch.id} desk={desk} watch={watch} onChanged={() => watches.refresh()} />}
    </SectionList>
  );
}

function WatchCard({ desk, watch, onChanged }: { desk: Desk; watch: WatchInfo; onChanged: () => Promise<void> }) {
  const t = words.value;
  const kick = async (): Promise<void> => {
    const path = `${routes.watches}/${encodeURIComponent(watch.id)}`;
    await desk.change({ method: "DELETE", path, schema: noContent }, t.kicked(watch.who));
    await onChanged();
  };
  const how = [watch.camera, t.transports[watch.transport]].filter((part) => part !== null).join(" · ");
  const facts = [t.kinds[watch.kind], t.sinceAgo(sayAgo(language.value, Date.parse(watch.sinceAt), Date.now())), watch.address];
  return (
    <li class="card" data-watch={watch.id} data-transport={watch.transport}>
      <div class="card-words">
        <strong>{watch.who}</strong>
        <span>{how}</span>
        <Facts of={[...facts, watch.bytes === null ? null : t.bytes(sayBytes(language.value, watch.bytes))]} />
      </div>
      <AskFirst label={t.kick} longLabel={`${t.kick}: ${watch.who}, ${how}`} question={t.kickQuestion(watch.who)} onConfirm={kick} />
    </li>
  );
}
