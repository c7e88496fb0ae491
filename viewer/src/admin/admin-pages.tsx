import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { CameraList } from "../cameras/camera-list.ts";
import { text } from "../i18n/language.ts";
import type { Call } from "../session/authorized-call.ts";
import { type Section, sectionsFor } from "../session/may-manage.ts";
import type { Session } from "../session/session.ts";
import { Icon } from "../ui/icons.tsx";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Notice } from "../ui/notice.tsx";
import { camerasHref, type Route, sectionHref } from "../ui/route.ts";
import { AccountPage } from "./account-page.tsx";
import "./admin.css";
import { AuditSection } from "./audit-section.tsx";
import { Desk } from "./desk.ts";
import { DevicesSection } from "./devices-section.tsx";
import { NewsLine } from "./news-line.tsx";
import { PeopleSection } from "./people-section.tsx";
import { SessionsSection } from "./sessions-section.tsx";
import { SharesSection } from "./shares-section.tsx";
import { words } from "./words.ts";

/** What the account and admin pages are made of. */
export type AdminPageProps = {
  readonly route: Extract<Route, { page: "account" | "admin" }>;
  readonly session: Session;
  readonly cameras: CameraList;
  readonly call: Call;
};

/** One's own account, or the administration: people, devices, share links, sessions and the audit log, for those who may. */
export function AdminPage({ route, session, cameras, call }: AdminPageProps) {
  const t = words.value;
  const desk = useMemo(() => new Desk(call, () => void session.renew()), [call, session]);
  const state = session.state.value;
  const allowed = sectionsFor(state);
  // Whoever comes with the address of a part that is not for them gets the first that is.
  const section = route.page === "admin" ? (allowed.find((name) => name === route.section) ?? allowed[0] ?? null) : null;
  // What was said on one page is out of place on the next.
  useEffect(() => desk.quiet(), [desk, route.page, section]);
  return (
    <main class="page admin" data-section={section ?? route.page}>
      <header class="bar">
        <a class="icon-button" href={camerasHref} aria-label={text.value.backToCameras} title={text.value.backToCameras}>
          <Icon name="back" />
        </a>
        <h1>{route.page === "account" ? t.account : text.value.administration}</h1>
      </header>
      {route.page === "account" && <AccountPage desk={desk} session={session} />}
      {route.page === "admin" && allowed.length > 0 && <Tabs allowed={allowed} shown={section} />}
      {route.page === "admin" && section === null && <NotForYou session={session} />}
      {section === "people" && <PeopleSection desk={desk} user={state.phase === "signed-in" ? state.user : ""} />}
      {section === "devices" && <DevicesSection desk={desk} />}
      {section === "shares" && <SharesSection desk={desk} session={session} cameras={cameras} />}
      {section === "sessions" && <SessionsSection desk={desk} />}
      {section === "audit" && <AuditSection desk={desk} />}
      <LanguageSwitch />
      <NewsLine desk={desk} />
    </main>
  );
}

/** Said only after the gateway was asked anew: right after a sign-in the page does not know yet what the account may do. */
function NotForYou({ session }: { session: Session }) {
  const t = words.value;
  const asked = useSignal(false);
  useEffect(() => {
    void session.renew().then(() => {
      asked.value = true;
    });
  }, []);
  return <Notice>{asked.value ? t.notForYou : t.loading}</Notice>;
}

function Tabs({ allowed, shown }: { allowed: readonly Section[]; shown: Section | null }) {
  const current = useRef<HTMLAnchorElement>(null);
  // On a phone the row is wider than the screen.
  useEffect(() => current.current?.scrollIntoView({ block: "nearest", inline: "center" }), [shown]);
  return (
    <nav class="tabs" aria-label={text.value.administration}>
      {allowed.map((section) => (
        <a
          key={section}
          ref={section === shown ? current : null}
          href={sectionHref(section)}
          aria-current={section === shown ? "page" : undefined}
        >
          {words.value.sections[section]}
        </a>
      ))}
    </nav>
  );
}
