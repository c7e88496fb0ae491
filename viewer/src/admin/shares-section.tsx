import { routes, type ShareInfo, shareListSchema } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import type { CameraList } from "../cameras/camera-list.ts";
import { language } from "../i18n/language.ts";
import { sayTime } from "../i18n/times.ts";
import { noContent } from "../session/api-client.ts";
import { managesCamera } from "../session/may-manage.ts";
import type { Session } from "../session/session.ts";
import { useCameraPolling } from "../ui/use-camera-polling.ts";
import { AskFirst } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { isLocalOnly } from "./enrol-rules.ts";
import { Facts } from "./facts.tsx";
import { MakeShare } from "./make-share.tsx";
import { useRemote } from "./remote.ts";
import { SectionList } from "./section-list.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { words } from "./words.ts";

/** How often the links are asked again, in ms: who looks through them changes. */
const refreshEveryMs = 5000;

/** Share links of the devices that somebody manages. */
export function SharesSection({ desk, session, cameras }: { desk: Desk; session: Session; cameras: CameraList }) {
  const t = words.value;
  const link = useSignal<string | null>(null);
  useCameraPolling(cameras, true);
  const shares = useRemote(() => desk.call({ method: "GET", path: routes.shares, schema: shareListSchema }), refreshEveryMs);
  const own = cameras.state.value.cameras?.filter(({ path }) => managesCamera(session.state.value, path)) ?? null;
  return (
    <>
      {link.value !== null && (
        <ShownOnce
          desk={desk}
          label={t.theLink}
          value={link.value}
          send
          warning={isLocalOnly(window.location.hostname) ? t.linkOnlyLocal : null}
          onDone={() => {
            link.value = null;
          }}
        />
      )}
      <MakeShare
        desk={desk}
        cameras={own}
        onMade={(made) => {
          link.value = made;
          void shares.refresh();
        }}
      />
      <SectionList remote={shares} empty={t.noShares}>
        {(share) => <ShareCard key={share.id} desk={desk} share={share} onChanged={() => shares.refresh()} />}
      </SectionList>
    </>
  );
}

function ShareCard({ desk, share, onChanged }: { desk: Desk; share: ShareInfo; onChanged: () => Promise<void> }) {
  const t = words.value;
  const name = share.label === "" ? share.camera : share.label;
  const [endMs, nowMs] = [Date.parse(share.expiresAt), Date.now()];
  const revoke = async (): Promise<void> => {
    await desk.change({ method: "DELETE", path: `${routes.shares}/${share.id}`, schema: noContent }, t.shareRevoked);
    await onChanged();
  };
  const until = endMs > nowMs ? t.untilTime(sayTime(language.value, endMs, nowMs)) : t.ended;
  return (
    <li class="card" data-share={share.id}>
      <div class="card-words">
        <strong>{name}</strong>
        <Facts of={[share.camera, until, t.madeBy(share.createdBy)]} />
        <span class={share.watching > 0 ? "chip chip-on" : "chip"}>{t.watching(share.watching)}</span>
      </div>
      <AskFirst label={t.revoke} longLabel={`${t.revoke}: ${name}`} question={t.revokeQuestion(name)} onConfirm={revoke} />
    </li>
  );
}
