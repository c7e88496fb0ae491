import "./forbid-eval.ts";

import { render } from "preact";
import { CameraList } from "./cameras/camera-list.ts";
import { restoreLanguage } from "./i18n/language.ts";
import { registerServiceWorker } from "./pwa/register.ts";
import { createApiClient } from "./session/api-client.ts";
import { createCall } from "./session/authorized-call.ts";
import { Session } from "./session/session.ts";
import { readShareSecret, ShareDoor } from "./session/share-door.ts";
import { App } from "./ui/app.tsx";
import "./ui/base.css";
import "./ui/pages.css";
import "./ui/stage.css";

restoreLanguage();

const api = createApiClient((input, init) => fetch(input, init));
// All tabs of a browser share one session cookie; whoever changes it tells the others.
const tabs = new BroadcastChannel("helmcast.session");
const session = new Session({
  api,
  nowMs: () => Date.now(),
  later: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  tellTabs: () => tabs.postMessage("changed"),
});
tabs.onmessage = () => void session.hearTabs();
const door = new ShareDoor(session);
const call = createCall(api, session);
const cameras = new CameraList({ api, token: () => session.token(), renew: () => session.renew() });

let known = "";
session.state.subscribe((state) => {
  const user = state.phase === "signed-in" ? state.user : "";
  if (user !== known) {
    cameras.clear();
  }
  known = user;
});

/** A share link's secret is taken out of the address before anything else can see it: history, screenshots, a shared screen. */
function takeShareLink(): void {
  const secret = readShareSecret(window.location.hash);
  if (secret !== null) {
    history.replaceState(null, "", `${window.location.pathname}#/`);
    door.knock(secret);
  }
}
takeShareLink();
window.addEventListener("hashchange", takeShareLink);
document.addEventListener("visibilitychange", () => {
  // Timers sleep with the page: a token that ran out meanwhile is renewed before anything needs it.
  if (document.visibilityState === "visible" && session.state.value.phase === "signed-in") {
    void session.renew();
  }
});
window.addEventListener("online", () => void (session.state.value.phase === "unreachable" && session.renew()));

const root = document.getElementById("app");
if (root !== null) {
  render(<App session={session} cameras={cameras} door={door} call={call} />, root);
}
void session.renew();
registerServiceWorker();
