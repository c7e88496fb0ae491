import "./forbid-eval.ts";

import { render } from "preact";
import { CameraList } from "./cameras/camera-list.ts";
import { restoreLanguage } from "./i18n/language.ts";
import { registerServiceWorker } from "./pwa/register.ts";
import { createApiClient } from "./session/api-client.ts";
import { Session } from "./session/session.ts";
import { App } from "./ui/app.tsx";
import "./ui/base.css";
import "./ui/pages.css";
import "./ui/stage.css";

restoreLanguage();

const api = createApiClient((input, init) => fetch(input, init));
const session = new Session({
  api,
  nowMs: () => Date.now(),
  later: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
});
const cameras = new CameraList({ api, token: () => session.token(), renew: () => session.renew() });

session.state.subscribe((state) => {
  if (state.phase === "signed-out") {
    cameras.clear();
  }
});
document.addEventListener("visibilitychange", () => {
  // Timers sleep with the page: a token that ran out meanwhile is renewed before anything needs it.
  if (document.visibilityState === "visible" && session.state.value.phase === "signed-in") {
    void session.renew();
  }
});
window.addEventListener("online", () => void (session.state.value.phase === "unreachable" && session.renew()));

const root = document.getElementById("app");
if (root !== null) {
  render(<App session={session} cameras={cameras} />, root);
}
void session.renew();
registerServiceWorker();
