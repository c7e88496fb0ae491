import { operations, routes } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../contract/rig/wait.ts";
import { joinBroker } from "./rig/broker.ts";
import { requests } from "./rig/requests.ts";
import { outcomeOf, type Reply, readJson } from "./rig/send.ts";
import { holdAnswer } from "./rig/stay.ts";
import { type Role, roles, startWorld, type World } from "./rig/world.ts";

/** How requests end. What a caller may not see answers exactly like what does not exist; 403 is for those who may see it. */
const ok = "ok";
const who = "401 NOT_SIGNED_IN";
const no = "403 FORBIDDEN";
const none = "404 CAMERA_UNKNOWN";
const gone = "404 NOT_FOUND";
const unknown = "404 DEVICE_UNKNOWN";

const open = [ok, ok, ok, ok, ok, ok, ok, ok, ok];
const site = [who, no, no, no, no, ok, no, no, no];
const account = [who, ok, ok, ok, ok, ok, no, no, no];
const visitor = [who, ok, ok, ok, ok, ok, ok, no, no];
const watch = [who, none, ok, ok, ok, ok, ok, no, none];
const talk = [who, none, no, ok, ok, ok, none, no, none];
const managed = [who, gone, gone, gone, ok, ok, no, no, no];

/** The law, written by hand: a row of each operation, in it what each role hears in the order of `roles`. */
const table: Readonly<Record<string, readonly string[]>> = {
  //           nobody, stranger, view, drive, admin, owner, share, self, other
  signIn: open,
  openShare: open,
  readSession: [who, ok, ok, ok, ok, ok, ok, who, who],
  signOut: visitor,
  signOutEverywhere: account,
  changePassword: account,
  listSignIns: account,
  endSignIn: account,
  listAccounts: site,
  addAccount: site,
  removeAccount: site,
  setPassword: site,
  setGrant: site,
  removeGrant: site,
  listDevices: site,
  addDevice: site,
  removeDevice: site,
  enrolDevice: open,
  fetchDeviceToken: open,
  listShares: account,
  addShare: [who, none, no, no, ok, ok, no, no, no],
  removeShare: managed,
  listWatches: account,
  kick: managed,
  readAudit: site,
  listCameras: visitor,
  readCamera: [who, none, ok, ok, ok, ok, ok, no, no],
  whepOptions: watch,
  whepStart: watch,
  whepTrickle: watch,
  whepEnd: watch,
  whipOptions: talk,
  whipStart: talk,
  whipTrickle: talk,
  whipEnd: talk,
  hlsFile: watch,
  snapshot: watch,
  mjpeg: watch,
  detections: [who, none, ok, ok, ok, ok, ok, no, no],
  health: open,
  ready: open,
  openapi: open,
  metrics: site,
  //           nobody, stranger, view, drive, admin, owner, share, self, other
  readLease: [who, unknown, ok, ok, ok, ok, ok, no, unknown],
  changeLease: [who, unknown, no, ok, ok, ok, no, no, unknown],
  readBlackBox: [who, unknown, no, ok, ok, ok, no, no, unknown],
  // The one-time address is the other device's.
  sendBlackBox: [who, no, no, no, no, no, no, gone, ok],
};

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

describe("the table", () => {
  it("has a row for every operation and a column for every role, and a request to send", () => {
    const ids = operations.map(({ id }) => id).sort();
    expect(Object.keys(table).sort()).toEqual(ids);
    expect(Object.keys(requests).sort()).toEqual(ids);
    expect(new Set(Object.values(table).map((row) => row.length))).toEqual(new Set([roles.length]));
  });

  it("has a row for everything that the gateway says it serves", async () => {
    const document = readJson<{ paths: Record<string, object> }>(await world.as("nobody", { target: routes.openapi }));
    const served = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    const known = operations.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(served.sort()).toEqual(known.sort());
  });
});

describe("every role at every operation", () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))("%s", async (id, operation) => {
    const expected = Object.fromEntries(roles.map((role, index) => [role, table[id]?.[index]]));
    const maker = requests[id];
    if (maker === undefined) {
      throw new Error(`${id} has no request`);
    }
    const heard: Partial<Record<Role, string>> = {};
    const statuses = new Set<number>();
    const send = async (role: Role, question: Awaited<ReturnType<typeof maker>>): Promise<Reply> => {
      const reply = await world.as(role, question);
      heard[role] = outcomeOf(reply);
      return reply;
    };
    // Whoever is to be refused goes first and acts on the owner's thing; the owner then finds it as it was.
    const target = await maker(world, "owner");
    for (const role of roles.filter((one) => expected[one] !== ok)) {
      const own = operation.access === "account" || operation.access === "visitor" || operation.access === "open";
      await send(role, own ? await maker(world, role) : target);
    }
    for (const role of roles.filter((one) => expected[one] === ok)) {
      statuses.add((await send(role, role === "owner" ? target : await maker(world, role))).status);
    }
    expect(heard).toEqual(expected);
    expect([...statuses]).toEqual([operation.reply.status]);
  });
});

describe("methods", () => {
  const all = ["GET", "POST", "PUT", "PATCH", "DELETE"];
  const paths = [...new Set(operations.map(({ path }) => path))];
  const fill = (path: string) =>
    path.replace(
      /:(\w+)/g,
      (_, name: string) => ({ device: "picarx", camera: "front", file: "index.m3u8", name: "person-1" })[name] ?? "x",
    );

  it.each(paths)("%s takes none but those of its operations, from the owner either", async (path) => {
    const known = operations.filter((operation) => operation.path === path).map(({ method }) => method.toUpperCase());
    // A device's loudspeaker stands where cameras stand.
    for (const method of all.filter((one) => !known.includes(one))) {
      const reply = await world.as("owner", { method, target: fill(path), headers: { accept: "application/json" } });
      expect(`${method} ${outcomeOf(reply)}`).toMatch(/^\w+ (404 NOT_FOUND|405 METHOD|404 CAMERA_UNKNOWN)$/);
    }
  });

  it.each(operations.filter(({ method }) => method === "get").map(({ id }) => id))("HEAD opens no more than GET: %s", async (id) => {
    for (const role of roles) {
      const question = await requests[id]?.(world, role);
      const reply = await world.as(role, { ...question, target: question?.target ?? "/", method: "HEAD" });
      const expected = table[id]?.[roles.indexOf(role)] ?? "";
      // A route that has an effect refuses HEAD with 405, which opens nothing at all.
      const isFine = reply.status < 300 || reply.status === 405;
      expect(`${role} ${expected === ok ? isFine : reply.status}`).toBe(`${role} ${expected === ok ? true : expected.slice(0, 3)}`);
    }
  });
});

describe("what devices see", () => {
  it.each<[Role, readonly string[]]>([
    ["stranger", []],
    ["view", ["picarx/front", "picarx/rear"]],
    ["share", ["picarx/front"]],
    ["owner", ["lorry/side", "picarx/front", "picarx/rear"]],
  ])("reaches %s of %j alone", async (role, expected) => {
    const stream = await holdAnswer(world, world.proofs[role], "sse", routes.detections);
    try {
      for (const [who, camera] of [
        ["self", "front"],
        ["self", "rear"],
        ["other", "side"],
      ] as const) {
        const link = await joinBroker(world.stack, world.proofs[who], "tcp");
        const found = { v: 1, capturedAtMs: Date.now(), detections: [] };
        await link.client.publishAsync(`demo/${world.proofs[who].name}/detections/${camera}`, JSON.stringify(found), { qos: 1 });
        await link.end();
      }
      const seen = () => [...stream.text().matchAll(/"camera":"([^"]+)"/g)].map((match) => match[1] ?? "").sort();
      await waitFor("the events", () => seen().length >= expected.length);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(seen()).toEqual(expected);
    } finally {
      stream.stop();
    }
  });
});

describe("lists", () => {
  const paths = async (role: Role) =>
    readJson<ReadonlyArray<{ path: string }>>(await world.as(role, { target: routes.cameras })).map(({ path }) => path);

  it.each<[Role, readonly string[]]>([
    ["stranger", []],
    ["view", ["picarx/front", "picarx/rear"]],
    ["admin", ["picarx/front", "picarx/rear"]],
    ["owner", ["lorry/side", "picarx/front", "picarx/rear"]],
    ["share", ["picarx/front"]],
  ])("of cameras hold for %s %j", async (role, expected) => {
    expect((await paths(role)).sort()).toEqual(expected);
  });

  it.each<[Role, boolean]>([
    ["stranger", false],
    ["view", false],
    ["drive", false],
    ["admin", true],
    ["owner", true],
  ])("of share links and of who watches show to %s what is managed: %s", async (role, shown) => {
    await world.as("view", { target: "/live/picarx/front/hls/index.m3u8" });
    for (const target of [routes.shares, routes.watches]) {
      const list = readJson<readonly unknown[]>(await world.as(role, { target }));
      expect(list.length > 0, target).toBe(shown);
    }
  });
});

describe("what is not one's own looks like what is not there", () => {
  const others = ["rear", "side"] as const;

  it("to a visitor by a share link, on the other camera of the same device too", async () => {
    for (const target of ["/live/picarx/rear/hls/index.m3u8", "/live/picarx/rear/snapshot.jpg", "/api/cameras/picarx/rear"]) {
      const hidden = await world.as("share", { target });
      const absent = await world.as("share", { target: target.replace("rear", "nowhere") });
      expect([outcomeOf(hidden), withoutId(hidden)]).toEqual([none, withoutId(absent)]);
    }
  });

  it.each<Role>(["stranger", "view", "drive", "admin", "share"])("to %s, on another device", async (role) => {
    for (const [method, tail] of [
      ["GET", "hls/index.m3u8"],
      ["GET", "snapshot.jpg"],
      ["GET", "mjpeg"],
      ["OPTIONS", "whep"],
      ["POST", "whep"],
    ] as const) {
      const ask = (path: string) => world.as(role, { method, target: `/live/${path}/${tail}` });
      const [hidden, absent] = [await ask(`lorry/${others[1]}`), await ask("nothing/there")];
      expect([tail, outcomeOf(hidden), withoutId(hidden)]).toEqual([tail, none, withoutId(absent)]);
    }
  });
});

function withoutId(reply: Reply): unknown {
  const { requestId: _, ...rest } = readJson<Record<string, unknown>>(reply);
  return rest;
}
