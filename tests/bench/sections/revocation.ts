import { loginReplySchema, routes } from "@helmcast/config";
import { waitFor } from "../../contract/rig/wait.ts";
import { post } from "../../drive/rig/relay-process.ts";
import type { Stack } from "../../rig/start-stack.ts";
import { drawChart, drawTable, showFigure } from "../draw.ts";
import { percentile } from "../figures.ts";
import { startBenchStack } from "../rig/bench-stack.ts";
import { type Crowd, openListeners, type Person, type Transport, transports } from "../rig/listeners.ts";
import { benchDevice } from "../rig/source.ts";
import { mediamtxOf, nameEngine, type Section } from "./section.ts";

/** Silence that lasts so long is silence: packets and pictures come every 33 to 200 ms, parts too, ms. */
const quietMs = 700;
/** What comes later than this after the act counts as never silent, ms. */
const limitMs = 5000;
/** What it may take, ms at p99. */
const goalMs = 1000;
const requestLimitMs = 10_000;
const password = "a long enough password";

/** One request that ends somebody's access, sent by themselves or by the owner. */
type Act = { readonly method: string; readonly target: string; readonly token: string };
type Case = {
  readonly name: string;
  readonly runs: number;
  readonly crowd: Crowd;
  act(person: Person, ownerToken: string): Act;
};

const one: Crowd = { WHEP: 1, "LL-HLS": 1, MJPEG: 1, MQTT: 1 };
/** Nearly as many WHEP sessions and MJPEG pictures as one sign-in may have, and of the rest what one process can open and listen to. */
const hundreds: Crowd = { WHEP: 60, "LL-HLS": 90, MJPEG: 30, MQTT: 120 };

const removeGrant = ({ name }: Person, token: string): Act => ({
  method: "DELETE",
  target: `${routes.accounts}/${name}/grants/${benchDevice}`,
  token,
});

const cases: readonly Case[] = [
  { name: "sign-out", runs: 20, crowd: one, act: ({ token }) => ({ method: "POST", target: routes.logout, token }) },
  { name: "grant removed", runs: 20, crowd: one, act: removeGrant },
  {
    name: "account removed",
    runs: 20,
    crowd: one,
    act: ({ name }, token) => ({ method: "DELETE", target: `${routes.accounts}/${name}`, token }),
  },
  { name: "grant removed, 300 at once", runs: 3, crowd: hundreds, act: removeGrant },
];

/** The times of one case and transport, ms. */
export type RevocationRow = { readonly cause: string; readonly transport: string; readonly timesMs: readonly number[] };

/** From the request that ends somebody's access to the last thing that came, for each way to end it and each transport. */
export const measureRevocation: Section = async ({ engine, cleanup, say }) => {
  const stack = await startBenchStack(mediamtxOf(engine), cleanup);
  try {
    const rows: RevocationRow[] = [];
    const ownerToken = await stack.signIn();
    for (const each of cases) {
      rows.push(...(await measureCase(stack, each, ownerToken)));
      say(`  ${each.name}: ${each.runs} times`);
    }
    return writeRevocationReport(rows, nameEngine(engine));
  } finally {
    await stack.stop();
  }
};

async function measureCase(stack: Stack, { name, runs, crowd, act }: Case, ownerToken: string): Promise<readonly RevocationRow[]> {
  const times = new Map<Transport, number[]>(transports.map((transport) => [transport, []]));
  for (let run = 0; run < runs; run++) {
    const person = await addPerson(stack, `p-${name.replaceAll(/[^a-z]+/g, "-")}-${run}`, ownerToken);
    for (const { transport, silentMs } of await revokeOnce(stack, person, crowd, act(person, ownerToken))) {
      times.get(transport)?.push(silentMs);
    }
  }
  return [...times].map(([transport, timesMs]) => ({ cause: name, transport, timesMs }));
}

async function addPerson(stack: Stack, name: string, ownerToken: string): Promise<Person> {
  await post(`${stack.url}${routes.accounts}`, { name, password, grants: [{ device: benchDevice, role: "view" }] }, ownerToken);
  const reply = loginReplySchema.parse(await post(`${stack.url}${routes.login}`, { user: name, password }, null));
  return { name, token: reply.accessToken };
}

async function revokeOnce(stack: Stack, person: Person, crowd: Crowd, { method, target, token }: Act) {
  const listeners = await openListeners(stack.url, person, crowd);
  try {
    await waitFor("something on every transport", () => listeners.every((listener) => listener.lastMs() > 0), limitMs * 4);
    const startMs = performance.now();
    const reply = await fetch(stack.url + target, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(requestLimitMs),
    });
    if (reply.status !== 204) {
      throw new Error(`${method} ${target} was answered ${reply.status}.`);
    }
    const isQuiet = () => listeners.every((listener) => performance.now() - Math.max(listener.lastMs(), startMs) > quietMs);
    await waitFor("silence", isQuiet, limitMs).catch(() => null);
    return listeners.map(({ name, lastMs }) => ({ transport: name, silentMs: Math.max(0, lastMs() - startMs) }));
  } finally {
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}

/** The table, the chart and the target. Pure. */
export function writeRevocationReport(rows: readonly RevocationRow[], engine: string): string {
  const judged = rows.map(({ cause, transport, timesMs }) => ({ cause, transport, timesMs, p99Ms: percentile(timesMs, 0.99) }));
  const table = drawTable([
    ["access ends by", "transport", "p50 ms", "p99 ms", "longest ms", "times", `p99 <= ${goalMs} ms`],
    ...judged.map(({ cause, transport, timesMs, p99Ms }) => [
      cause,
      transport,
      showFigure(percentile(timesMs, 0.5)),
      showFigure(p99Ms),
      showFigure(percentile(timesMs, 1)),
      String(timesMs.length),
      p99Ms !== null && p99Ms <= goalMs ? "reached" : "not reached",
    ]),
  ]);
  const chart = drawChart(
    "p99 from the request to silence",
    judged.map(({ cause, transport, p99Ms }) => [`${cause}, ${transport}`, p99Ms ?? 0, `${showFigure(p99Ms)} ms`]),
  );
  return [
    `Revocation to silence over ${engine}`,
    table,
    chart,
    "From the request that ends the access to the last RTP packet, byte of a part or picture, or open moment of the MQTT connection.",
  ].join("\n\n");
}
