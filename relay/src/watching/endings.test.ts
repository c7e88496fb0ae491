import type { Transport } from "@helmcast/config";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sessionLifetimeS } from "../auth/session-cookie.ts";
import { postJson, testPassword } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { type Running, type RunningRig, startRunningRig } from "./rig/running.ts";

/** What goes on of one person at most after their last moment, in ms. */
const limitMs = 1000;

const everything: readonly Transport[] = ["whep", "whip", "hls", "mjpeg", "sse", "mqtt", "drive"];
const watching: readonly Transport[] = ["whep", "hls", "mjpeg", "sse", "mqtt"];

let rig: RunningRig;
let admin = "";
beforeEach(async () => {
  rig = await startRunningRig();
  ({ token: admin } = await rig.signIn());
});
afterEach(() => rig.stop());

const left = (running: readonly Running[]) => running.filter((one) => !one.ended()).map(({ transport }) => transport);

/** Does it, and gives what still runs a second later; waits no longer than for what has to end. */
async function endBy(act: () => Promise<Response | undefined>, running: readonly Running[], stay: readonly Transport[] = []) {
  const answer = await act();
  if (answer !== undefined) {
    expect([200, 201, 204], `status ${answer.status}`).toContain(answer.status);
  }
  await waitUntil(`the end of all but ${stay.join(", ") || "nothing"}`, () => left(running).length <= stay.length, limitMs).catch(
    () => undefined,
  );
  expect(left(running)).toEqual(stay);
}

/** Every way in which a person's access ends. `t`: the sign-in that watches; `other`: another one of the same account. */
const personRows: ReadonlyArray<readonly [string, (t: string, other: string) => Promise<Response | undefined>]> = [
  ["sign-out", (t) => rig.ask("POST", "/api/auth/logout", t)],
  ["sign-out everywhere", (_t, other) => rig.ask("POST", "/api/auth/logout-everywhere", other)],
  [
    "the end of the sign-in from the list of them",
    async (t, other) => {
      const list = (await (await rig.ask("GET", "/api/auth/sessions", t)).json()) as { id: string; current: boolean }[];
      return rig.ask("DELETE", `/api/auth/sessions/${list.find(({ current }) => current)?.id}`, other);
    },
  ],
  [
    "a new password of one's own",
    (_t, other) => rig.ask("POST", "/api/auth/password", other, { current: testPassword, next: "another-password" }),
  ],
  ["a new password by an admin", () => rig.ask("POST", "/api/accounts/ann/password", admin, {})],
  ["the account's removal", () => rig.ask("DELETE", "/api/accounts/ann", admin)],
  ["the grant's removal", () => rig.ask("DELETE", "/api/accounts/ann/grants/picarx", admin)],
  ["the device's removal", () => rig.ask("DELETE", "/api/devices/picarx", admin)],
  [
    "the sign-in's own end",
    async () => {
      rig.advanceWallMs(sessionLifetimeS * 1000 + 1000);
      return undefined;
    },
  ],
];

describe("what a person runs", () => {
  it.each(personRows)("is over within a second of %s", async (what, act) => {
    const [{ token }, { token: other }, { token: bea }] = [await rig.signIn("ann"), await rig.signIn("ann"), await rig.signIn("bea")];
    const others = await rig.begin("bea", bea, ["whep", "mqtt", "sse"]);
    const running = await rig.begin("ann", token, everything);
    const endsForAll = /device|own end/.test(what);
    await endBy(() => act(token, other), endsForAll ? [...running, ...others] : running);
    expect(left(others)).toEqual(endsForAll ? [] : ["whep", "mqtt", "sse"]);
  });

  it("goes on as far as a lower role still allows it", async () => {
    const { token } = await rig.signIn("ann");
    const running = await rig.begin("ann", token, everything);
    await endBy(() => rig.ask("PUT", "/api/accounts/ann/grants/picarx", admin, { role: "view" }), running, [
      "whep",
      "hls",
      "mjpeg",
      "mqtt",
    ]);
  });

  it.each(everything)("is over at once when its %s is ended from the list of who watches", async (transport) => {
    const { token } = await rig.signIn("ann");
    const running = await rig.begin("ann", token, everything);
    const list = (await (await rig.ask("GET", "/api/sessions", admin)).json()) as { id: string; transport: string }[];
    const { id } = list.find((watch) => watch.transport === transport) ?? { id: "" };
    await endBy(
      () => rig.ask("DELETE", `/api/sessions/${id}`, admin),
      running,
      everything.filter((one) => one !== transport),
    );
  });
});

describe("what a visitor by a share link runs", () => {
  it("is over within a second of the link's revocation, and of the device's removal", async () => {
    const link = await rig.visit(admin, 60_000);
    const nameOf = (id: string) => `share:${id}`;
    await endBy(() => rig.ask("DELETE", `/api/shares/${link.id}`, admin), await rig.begin(nameOf(link.id), link.token, watching));
    const second = await rig.visit(admin, 60_000);
    const running = await rig.begin(nameOf(second.id), second.token, watching);
    await endBy(() => rig.ask("DELETE", "/api/devices/picarx", admin), running);
  });

  it("is over within a second of the link's own end", async () => {
    const lifeMs = 2500;
    const startMs = performance.now();
    const { id, token } = await rig.visit(admin, lifeMs);
    const running = await rig.begin(`share:${id}`, token, watching);
    expect(left(running)).toEqual(watching);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + lifeMs - performance.now())));
    await endBy(async () => undefined, running);
  });
});

describe("what a device runs", () => {
  it("is over within a second of its removal, and of its enrolment anew", async () => {
    const running = await rig.begin("picarx", await rig.deviceToken(), ["mqtt"]);
    const made = (await (await rig.ask("POST", "/api/devices", admin, { device: "picarx" })).json()) as { code: string };
    let secret = "";
    const enrolAgain = async () => {
      const answer = await postJson(`${rig.base}/api/enrol`, { code: made.code });
      ({ secret } = (await answer.json()) as { secret: string });
      return answer;
    };
    await endBy(enrolAgain, running);
    const again = await rig.begin("picarx", await rig.deviceToken(secret), ["mqtt"]);
    await endBy(() => rig.ask("DELETE", "/api/devices/picarx", admin), again);
  });
});
