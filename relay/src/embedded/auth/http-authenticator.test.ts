import { createServer, type Server, type ServerResponse } from "node:http";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { listenAnywhere, waitUntil } from "../rtsp/test-support.ts";
import type { AuthQuestion } from "../stream/types.ts";
import { createAuthenticator } from "./http-authenticator.ts";

const question: AuthQuestion = {
  ip: "1.2.3.4",
  user: "u",
  password: "p",
  token: "",
  action: "read",
  path: "a/b",
  protocol: "rtsp",
  id: "i",
  query: "",
  userAgent: "",
};
let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function authenticator(
  answer: (response: ServerResponse) => void,
): Promise<{ ask: (more?: Partial<AuthQuestion>) => Promise<string>; clock: FakeClock; bodies: string[] }> {
  const bodies: string[] = [];
  server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => bodies.push(`${request.headers["content-type"]} ${chunk.toString()}`));
    request.on("end", () => answer(response));
  });
  const port = await listenAnywhere(server);
  const clock = new FakeClock();
  const auth = { callbackUrl: `http://127.0.0.1:${port}/x`, exclude: [{ action: "metrics", path: "" }] };
  const { ask } = createAuthenticator({ auth, timeoutMs: 10_000, clock, random: () => 0.5, log: silentLog() });
  return { ask: (more = {}) => ask({ ...question, ...more }), clock, bodies };
}

describe("createAuthenticator", () => {
  it.each([200, 204, 299])("takes %i as yes", async (status) => {
    const { ask, bodies } = await authenticator((response) => response.writeHead(status).end());
    expect(await ask()).toBe("allowed");
    expect(bodies[0]).toMatch(/^application\/json \{"ip":"1.2.3.4","user":"u"/);
  });

  it.each([302, 401, 500])("takes %i as no and holds it 2 s by this dice", async (status) => {
    let answered = false;
    const { ask, clock } = await authenticator((response) => {
      response.writeHead(status).end();
      answered = true;
    });
    let verdict = "";
    const done = ask().then((value) => {
      verdict = value;
    });
    await waitUntil(() => answered);
    await waitUntil(async () => {
      await clock.advance(100);
      return verdict !== "";
    });
    await done;
    expect(verdict).toBe("denied");
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(2000);
  });

  it("says no at once to who presented nothing", async () => {
    const { ask, clock } = await authenticator((response) => response.writeHead(401).end());
    expect(await ask({ user: "", password: "" })).toBe("denied");
    expect(clock.monotonicMs()).toBe(0);
  });

  it("says no when the callback does not answer in time", async () => {
    let asked = false;
    const { ask, clock } = await authenticator(() => {
      asked = true;
    });
    const verdict = ask({ user: "", password: "" });
    await waitUntil(() => asked);
    await clock.advance(10_000);
    expect(await verdict).toBe("denied");
  });

  it("says no when the callback changes the protocol instead of answering", async () => {
    const { ask } = await authenticator((response) => {
      response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    });
    expect(await ask({ user: "", password: "" })).toBe("denied");
  });

  it("says no when nobody listens, and does not ask about what is excluded", async () => {
    const { ask, bodies } = await authenticator((response) => response.writeHead(204).end());
    expect(await ask({ action: "metrics" })).toBe("allowed");
    expect(bodies).toEqual([]);
    const auth = { callbackUrl: "http://127.0.0.1:1/x", exclude: [] };
    const lonely = createAuthenticator({ auth, timeoutMs: 1000, clock: new FakeClock(), random: () => 0, log: silentLog() });
    expect(await lonely.ask(question)).toBe("denied");
  });
});
