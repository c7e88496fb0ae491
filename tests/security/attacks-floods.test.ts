import { connect } from "node:net";
import { routes } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../contract/rig/wait.ts";
import { readRssMib } from "./rig/process-memory.ts";
import { outcomeOf, type Reply, readJson, send } from "./rig/send.ts";
import { freshAddress, password, proofHeaders, startWorld, urls, type World } from "./rig/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const login = (user: string, secret: string, headers: Record<string, string> = freshAddress()): Promise<Reply> =>
  send(world.stack.url, { method: "POST", target: routes.login, headers, body: { user, password: secret } });

/** Runs many, two at a time: more would be refused as too busy, and this is not about that. */
async function inTwoLanes<Result>(count: number, run: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const lane = async (first: number) => {
    for (let index = first; index < count; index += 2) {
      results[index] = await run(index);
    }
  };
  await Promise.all([lane(0), lane(1)]);
  return results;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

describe("guessing", () => {
  it("1,000 wrong passwords from all over do not let the guesser in, nor lock the owner out", async () => {
    const name = await world.addAccount([{ device: "picarx", role: "view" }]);
    const home = freshAddress();
    expect(outcomeOf(await login(name, password, home))).toBe("ok");
    const outcomes = await inTwoLanes(1000, async (index) => outcomeOf(await login(name, `guess number ${index}`)));
    const counts = {
      refused: outcomes.filter((one) => one === "401 WRONG_LOGIN").length,
      slowed: outcomes.filter((one) => one === "429 TOO_MANY_TRIES").length,
    };
    expect(counts.refused + counts.slowed).toBe(1000);
    // Thirty at once and one per six seconds; the test itself takes some seconds.
    expect(counts.refused).toBeGreaterThanOrEqual(10);
    expect(counts.refused).toBeLessThan(60);
    expect(outcomeOf(await login(name, password, home))).toBe("ok");
    const stranger = await login(name, password);
    expect(outcomeOf(stranger)).toBe("429 TOO_MANY_TRIES");
    expect(Number(stranger.headers["retry-after"])).toBeGreaterThan(0);
  }, 60_000);

  it("the answers to a wrong and to an unknown name are the same, in time as well", async () => {
    const known = await world.addAccount([]);
    const shape = ({ status, headers, body }: Reply) => {
      const { requestId: _, ...rest } = JSON.parse(body.toString()) as Record<string, unknown>;
      const names = Object.keys(headers).sort();
      return { status, names, rest, length: headers["content-length"] };
    };
    const timesMs: Record<"wrong" | "unknown", number[]> = { wrong: [], unknown: [] };
    const sequences: Record<"wrong" | "unknown", string[]> = { wrong: [], unknown: [] };
    for (let round = 0; round < 12; round++) {
      const shapes: unknown[] = [];
      for (const kind of round % 2 === 0 ? (["wrong", "unknown"] as const) : (["unknown", "wrong"] as const)) {
        const startedMs = performance.now();
        const reply = await login(kind === "wrong" ? known : "nobody-of-that-name", "wrong wrong");
        timesMs[kind].push(performance.now() - startedMs);
        shapes.push(shape(reply));
      }
      expect(shapes[0]).toEqual(shapes[1]);
    }
    // The check itself takes some 80 ms; a shortcut for unknown names would show as a few.
    expect(median(timesMs.unknown)).toBeGreaterThan(median(timesMs.wrong) * 0.6);
    expect(median(timesMs.unknown)).toBeLessThan(median(timesMs.wrong) * 1.7);
    for (const [kind, user] of [
      ["wrong", await world.addAccount([])],
      ["unknown", "nobody-either"],
    ] as const) {
      for (let attempt = 0; attempt < 36; attempt++) {
        sequences[kind].push(outcomeOf(await login(user, "wrong wrong")));
      }
    }
    const slowedAt = (list: readonly string[]) => list.findIndex((one) => one.startsWith("429"));
    expect(slowedAt(sequences.wrong)).toBeGreaterThan(0);
    // One try more comes back every six seconds, and the two runs are not of the same length.
    expect(Math.abs(slowedAt(sequences.unknown) - slowedAt(sequences.wrong))).toBeLessThan(4);
  }, 60_000);

  it("one address is slowed whatever it guesses: passwords, links, codes and device secrets", async () => {
    const guesses: ReadonlyArray<readonly [string, (index: number) => object]> = [
      [routes.login, (index) => ({ user: `someone-${index}`, password: "wrong wrong" })],
      [routes.openShare, (index) => ({ secret: `guess-${index}-${"x".repeat(24)}` })],
      [routes.enrol, (index) => ({ code: `ABCDEFG${"ABCDEFGHJKMNPQRSTUVWXYZ23456789"[index % 31]}` })],
      [routes.token, (index) => ({ device: `guess-${index}`, secret: "wrong wrong" })],
    ];
    for (const [target, body] of guesses) {
      const headers = freshAddress();
      const outcomes: string[] = [];
      for (let index = 0; index < 40; index++) {
        outcomes.push(outcomeOf(await send(world.stack.url, { method: "POST", target, headers, body: body(index) })));
      }
      expect(`${target} ${outcomes[0]}`).toMatch(/ (401 WRONG_LOGIN|404 SHARE_GONE|401 CODE_WRONG|401 WRONG_SECRET)$/);
      expect(`${target} ${outcomes.at(-1)}`).toBe(`${target} 429 TOO_MANY_TRIES`);
      expect(outcomes.filter((one) => one === "ok")).toEqual([]);
    }
  });

  it("codes are slowed from all addresses together, and the device beside the owner still gets in", async () => {
    const home = freshAddress();
    const make = { method: "POST", target: routes.devices, headers: home, body: { device: "patient" } };
    const { code } = await world.owner<{ code: string }>(make);
    const use = (headers: Record<string, string>, text: string) =>
      send(world.stack.url, { method: "POST", target: routes.enrol, headers, body: { code: text } });
    const outcomes = await inTwoLanes(150, async (index) =>
      outcomeOf(await use(freshAddress(), `ABCDEF${20 + (index % 80)}`.replace(/[01]/g, "Z"))),
    );
    const wrong = outcomes.filter((one) => one === "401 CODE_WRONG").length;
    expect(wrong + outcomes.filter((one) => one === "429 TOO_MANY_TRIES").length).toBe(150);
    // Thirty at once and one per six seconds, against 31^8 codes that count for ten minutes.
    expect(wrong).toBeLessThan(60);
    expect(readJson<{ device: string }>(await use(home, code)).device).toBe("patient");
    expect(outcomeOf(await use(home, code))).toBe("401 CODE_WRONG");
  });
});

describe("too much and too slow", () => {
  it("a body of 100 MB is refused before it is here, wherever it goes, and is kept nowhere", async () => {
    const before = readRssMib(world.stack.child.pid);
    for (const [target, type, as] of [
      [routes.login, "application/json", null],
      [routes.accounts, "application/json", "owner"],
      [routes.enrol, "application/json", null],
      [urls.whep, "application/sdp", "view"],
      [urls.talk, "application/sdp", "drive"],
      [routes.accounts, "application/json", null],
      ["/nowhere", "application/octet-stream", null],
      [routes.health, "application/octet-stream", null],
    ] as const) {
      for (const chunked of [false, true]) {
        const headers = as === null ? {} : proofHeaders(world.proofs[as]);
        const { status, sentMib } = await sendLarge(target, { "content-type": type, ...headers }, chunked);
        // 0: cut off so soon that the refusal itself got lost, as TCP has it when bytes are left unread.
        expect(`${target} ${status}`).toMatch(/ (0|4\d\d)$/);
        // What is on its way in the sockets' buffers when the refusal comes.
        expect(sentMib, target).toBeLessThanOrEqual(20);
      }
    }
    expect(readRssMib(world.stack.child.pid) - before).toBeLessThan(80);
    expect(outcomeOf(await world.as("view", { target: urls.snapshot }))).toBe("ok");
  }, 60_000);

  it("headers and bodies that trickle in are cut off, and nobody else waits for them", async () => {
    const host = new URL(world.stack.url).host;
    const heads = Array.from({ length: 100 }, (_, index) => trickleIn(`GET /api/cameras HTTP/1.1\r\nHost: ${host}\r\nX-${index}: `));
    const bodies = Array.from({ length: 100 }, () =>
      trickleIn(`POST ${routes.login} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n`),
    );
    const silent = Array.from({ length: 100 }, () => trickleIn(""));
    const all = [...heads, ...bodies, ...silent];
    try {
      const startedMs = performance.now();
      expect(outcomeOf(await send(world.stack.url, { target: routes.health }))).toBe("ok");
      expect(performance.now() - startedMs).toBeLessThan(2000);
      await waitFor("slow headers to be cut", () => [...heads, ...silent].every(({ isOver }) => isOver()), 18_000);
      await waitFor("slow bodies to be cut", () => bodies.every(({ isOver }) => isOver()), 18_000);
      expect(performance.now() - startedMs).toBeLessThan(28_000);
      expect(outcomeOf(await world.as("view", { target: urls.hls }))).toBe("ok");
    } finally {
      all.forEach(({ stop }) => void stop());
    }
  }, 45_000);
});

/** Sends 100 MB unless the other side ends it sooner. */
function sendLarge(target: string, headers: Record<string, string>, chunked: boolean): Promise<{ status: number; sentMib: number }> {
  const { hostname, port, host } = new URL(world.stack.url);
  const mib = 1024 * 1024;
  const size = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${100 * mib}`;
  const lines = [
    `POST ${target} HTTP/1.1`,
    `Host: ${host}`,
    size,
    "Connection: close",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const block = Buffer.alloc(mib, "a");
  return new Promise((resolve) => {
    let sent = 0;
    let status = 0;
    const socket = connect(Number(port), hostname);
    const limit = setTimeout(() => socket.destroy(), 15_000);
    const more = () => {
      while (sent < 100 * mib && !socket.destroyed && status === 0) {
        sent += mib;
        const end = chunked && sent >= 100 * mib ? "\r\n0\r\n\r\n" : "\r\n";
        const part = chunked ? Buffer.concat([Buffer.from(`${mib.toString(16)}\r\n`), block, Buffer.from(end)]) : block;
        if (!socket.write(part)) {
          return;
        }
      }
    };
    socket.on("connect", () => {
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      more();
    });
    socket.on("drain", more);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      status ||= Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString("latin1"))?.[1] ?? 0);
      socket.destroy();
    });
    socket.on("close", () => {
      clearTimeout(limit);
      resolve({ status, sentMib: sent / mib });
    });
  });
}

/** A connection that says a little and then one letter a second. */
function trickleIn(start: string): { isOver(): boolean; stop(): void } {
  const { hostname, port } = new URL(world.stack.url);
  const socket = connect(Number(port), hostname, () => socket.write(start));
  const timer = setInterval(() => (start === "" ? undefined : socket.write("a")), 1000);
  let over = false;
  socket.resume();
  socket.on("error", () => undefined);
  socket.on("close", () => {
    over = true;
    clearInterval(timer);
  });
  return { isOver: () => over, stop: () => socket.destroy() };
}
