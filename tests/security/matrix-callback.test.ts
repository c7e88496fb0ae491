import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineQuestion, openCallback, readEngineSecrets } from "./rig/callback.ts";
import { outsideAddress } from "./rig/outside.ts";
import { outcomeOf, send } from "./rig/send.ts";
import { foreign, own, type Role, roles, startWorld, type World } from "./rig/world.ts";

const actions = ["publish", "read", "playback", "api", "metrics", "pprof", "", "PUBLISH", "nonsense"];
const protocols = ["rtsp", "rtsps", "rtmp", "srt", "hls", "webrtc", "", "nonsense"];
const paths = {
  "its own camera": `${own}/front`,
  "its own camera that is not there yet": `${own}/attic`,
  "its own loudspeaker": `${own}/talk`,
  "another's camera": `${foreign}/side`,
  "a device that is nobody's": "nobody/front",
  "its own name alone": own,
  "three names": `${own}/front/deeper`,
  "dot segments": `${own}/../${foreign}`,
  "a dot segment inside": `${foreign}/../${own}/front`,
  "another case": `${own.toUpperCase()}/front`,
  "a slash before": `/${own}/front`,
  "a slash after": `${own}/front/`,
  "a line end": `${own}/front\n`,
  "an encoded slash": `${own}%2Ffront`,
  "a pattern": "~^.*$",
  nothing: "",
};

/** The whole law of the callback: devices publish their own cameras and hear their own loudspeaker, by RTSP. Nobody else gets a yes for anything. */
const yes: Partial<Record<Role, readonly string[]>> = {
  self: [`publish rtsp ${own}/front`, `publish rtsp ${own}/attic`, `read rtsp ${own}/talk`],
  other: [`publish rtsp ${foreign}/side`],
};

function isAllowed(role: Role, { action, protocol, path }: EngineQuestion): boolean {
  return (yes[role] ?? []).includes(`${action} ${protocol} ${path}`);
}

let world: World;
let line: ReturnType<typeof openCallback>;
beforeAll(async () => {
  world = await startWorld();
  line = openCallback(readEngineSecrets(world.stack).callbackUrl);
});
afterAll(async () => {
  line?.close();
  await world?.stop();
});

/** Asks every question with one credential and tells which were answered otherwise than by the law. */
async function askAll(credential: Pick<EngineQuestion, "user" | "password">, role: Role): Promise<readonly string[]> {
  const questions = actions.flatMap((action) =>
    protocols.flatMap((protocol) => Object.values(paths).map((path) => ({ ...credential, action, protocol, path }))),
  );
  const wrong: string[] = [];
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let at = lane; at < questions.length; at += 8) {
      const question = questions[at] ?? { ...credential, action: "", protocol: "", path: "" };
      const status = await line.ask(question);
      if (status !== (isAllowed(role, question) ? 200 : 401)) {
        wrong.push(`${question.action} ${question.protocol} ${JSON.stringify(question.path)}: ${status}`);
      }
    }
  });
  await Promise.all(lanes);
  return wrong;
}

describe("every question of the engine", () => {
  it.each(roles)("asked for %s by token", async (role) => {
    const { name, token } = world.proofs[role];
    expect(await askAll({ user: role === "nobody" ? "" : name, password: token ?? "" }, role)).toEqual([]);
  });

  it("asked for the gateway itself with what is no secret of its own", async () => {
    const { hlsCdn, callbackUrl } = readEngineSecrets(world.stack);
    const callbackSecret = callbackUrl.split("/").at(-1) ?? "";
    for (const password of ["", "gateway", hlsCdn, callbackSecret, world.proofs.owner.token ?? ""]) {
      expect(await askAll({ user: "gateway", password }, "nobody")).toEqual([]);
    }
  });

  it("a device's token counts under its own name alone, and only as the password", async () => {
    const token = world.proofs.self.token ?? "";
    const question = { action: "publish", protocol: "rtsp", path: `${own}/front` };
    const statuses = await Promise.all(
      [
        { user: own, password: token },
        { user: foreign, password: token },
        { user: "", password: token },
        { user: own.toUpperCase(), password: token },
        { user: token, password: own },
        { user: own, password: `${token} ` },
        { user: own, password: `Bearer ${token}` },
        { user: "__proto__", password: token },
      ].map((credential) => line.ask({ ...question, ...credential })),
    );
    expect(statuses).toEqual([200, 401, 401, 401, 401, 401, 401, 401]);
  });
});

describe("who may ask", () => {
  const good = () => ({ user: own, password: world.proofs.self.token ?? "", action: "publish", protocol: "rtsp", path: `${own}/front` });
  const callback = () => new URL(readEngineSecrets(world.stack).callbackUrl);

  it("nobody with another secret, a part of it, or none", async () => {
    const { origin, pathname } = callback();
    const tries = [
      "/engine/auth/wrong",
      "/engine/auth/",
      "/engine/auth",
      "/",
      pathname.slice(0, -1),
      `${pathname}x`,
      `${pathname}/x`,
      pathname.toLowerCase(),
      "/engine/auth/__proto__",
    ];
    const statuses = await Promise.all(tries.map(async (target) => (await send(origin, { method: "POST", target, body: good() })).status));
    expect(statuses).toEqual(tries.map(() => 401));
    expect((await send(origin, { method: "GET", target: pathname })).status).toBe(401);
    expect((await send(origin, { method: "POST", target: pathname, body: good() })).status).toBe(200);
  });

  it("nobody who sends what is no question", async () => {
    const { origin, pathname } = callback();
    const { password: _, ...half } = good();
    const bodies = [
      "",
      "null",
      "[]",
      "{",
      "[".repeat(50_000),
      JSON.stringify(half),
      JSON.stringify({ ...good(), user: [own] }),
      "x".repeat(200_000),
    ];
    const headers = { "content-type": "application/json" };
    const statuses = await Promise.all(
      bodies.map(async (body) => (await send(origin, { method: "POST", target: pathname, headers, body })).status),
    );
    expect(statuses).toEqual(bodies.map(() => 401));
  });

  it("nobody from outside: it listens on loopback alone, and the public port knows no such address", async () => {
    const { port, pathname } = callback();
    const outside = outsideAddress();
    await expect(send(`http://${outside}:${port}`, { method: "POST", target: pathname, body: good() })).rejects.toThrow(/ECONNREFUSED/);
    expect(outcomeOf(await send(world.stack.url, { method: "POST", target: pathname, body: good() }))).not.toBe("ok");
  });
});
