import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cameraUrls, parseStreamPath, routes, talkUrl } from "@helmcast/config";
import mqtt from "mqtt";
import { waitFor } from "../../contract/rig/wait.ts";
import { account, demoCamera, type Stack, type StackOptions, startStack } from "../../rig/start-stack.ts";
import { type Question, type Reply, readJson, send } from "./send.ts";

/**
 * Everybody who can stand at the door, seen from the device `picarx`: nobody; an account without a grant; accounts that may view, drive and
 * administer it; the owner, who is admin of everything; a visitor by a share link to its camera `front`; the device itself; another device.
 */
export const roles = ["nobody", "stranger", "view", "drive", "admin", "owner", "share", "self", "other"] as const;
/** One of those who can stand at the door. */
export type Role = (typeof roles)[number];

/** What somebody shows. People have a token and a cookie, devices a token. */
export type Proof = { readonly name: string; readonly token: string | null; readonly cookie: string | null };

/** The device that the roles are about, and the one that they have nothing to do with. */
export const own = "picarx";
/** The device that only its own token and the owner have to do with. */
export const foreign = "lorry";
/** The share link's camera, which gives pictures. */
export const front = parseStreamPath(demoCamera) ?? { device: own, camera: "front" };

/** Password of every account that a test makes. */
export const password = "a long enough password";

/** Addresses of the camera that plays, and of its device's loudspeaker. */
export const urls = { ...cameraUrls(front), talk: talkUrl(own) };

/** A running product with one proof of every role. */
export type World = {
  readonly stack: Stack;
  readonly proofs: Readonly<Record<Role, Proof>>;
  /** The id of the share link behind the role `share`. */
  readonly shareId: string;
  /** Sends as a role, from an address of that role's own. */
  as(role: Role, question: Question): Promise<Reply>;
  /** Sends as the owner and wants success. */
  owner<Value = unknown>(question: Question): Promise<Value>;
  /** Signs an account in once more, from an address nobody else uses. */
  signIn(name: string, secret?: string): Promise<Proof>;
  openShare(secret: string): Promise<Proof>;
  /** Makes a share link to the camera that plays, for an hour unless told otherwise. */
  addShare(lifetimeMs?: number): Promise<{ readonly id: string; readonly secret: string }>;
  /** Adds an account with the usual password. */
  addAccount(grants: ReadonlyArray<{ readonly device: string; readonly role: string }>): Promise<string>;
  /** Enrols a device by a code and fetches its token. */
  enrol(device: string): Promise<Proof & { readonly secret: string }>;
  stop(): Promise<void>;
};

/** What a proof looks like in a request. */
export function proofHeaders(proof: Proof): Record<string, string> {
  return proof.token === null ? {} : { authorization: `Bearer ${proof.token}` };
}

let nextAddress = 1;
/** A client address that nobody has used, as a TLS front on this host would report it. */
export function freshAddress(): Record<string, string> {
  nextAddress += 1;
  return { "x-forwarded-for": `10.66.${nextAddress >> 8}.${nextAddress & 255}` };
}

const demoConfig = fileURLToPath(new URL("one-camera.yaml", import.meta.url));

/** Starts the product and brings everybody in by the doors that they really use. */
export async function startWorld(options: StackOptions = {}): Promise<World> {
  const stack = await startStack({ ...options, env: { HELMCAST_DEMO_CONFIG: demoConfig, ...options.env } });
  try {
    return await populate(stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function populate(stack: Stack): Promise<World> {
  const { url } = stack;
  const signIn = async (name: string, secret = password): Promise<Proof> =>
    readSignIn(
      name,
      await send(url, { method: "POST", target: routes.login, headers: freshAddress(), body: { user: name, password: secret } }),
    );
  const ownerProof = await signIn(account, stack.password);
  const owner = async <Value>(question: Question): Promise<Value> => {
    // By the cookie, which outlives every token.
    const reply = await send(url, { ...question, headers: { cookie: ownerProof.cookie ?? "", ...freshAddress(), ...question.headers } });
    if (reply.status >= 300) {
      throw new Error(`${question.method ?? "GET"} ${question.target} answered ${reply.status}: ${reply.body.toString()}`);
    }
    return (reply.body.length === 0 ? null : readJson(reply)) as Value;
  };
  let accounts = 0;
  const addAccount: World["addAccount"] = async (grants) => {
    const name = `person-${++accounts}`;
    await owner({ method: "POST", target: routes.accounts, body: { name, password, grants } });
    return name;
  };
  const openShare = async (secret: string): Promise<Proof> => {
    const reply = await send(url, { method: "POST", target: routes.openShare, headers: freshAddress(), body: { secret } });
    const claims = Buffer.from(readJson<{ accessToken: string }>(reply).accessToken.split(".")[1] ?? "", "base64url").toString();
    return readSignIn((JSON.parse(claims) as { sub: string }).sub, reply);
  };
  const addShare: World["addShare"] = async (lifetimeMs = 3_600_000) => {
    const expiresAt = new Date(Date.now() + lifetimeMs).toISOString();
    const body = { camera: demoCamera, label: "a test", expiresAt };
    const made = await owner<{ share: { id: string }; secret: string }>({ method: "POST", target: routes.shares, body });
    return { id: made.share.id, secret: made.secret };
  };
  const tokenOf = async (device: string, secret: string): Promise<Proof> => {
    const reply = await send(url, { method: "POST", target: routes.token, headers: freshAddress(), body: { device, secret } });
    return { name: device, token: readJson<{ accessToken: string }>(reply).accessToken, cookie: null };
  };
  const enrol: World["enrol"] = async (device) => {
    const { code } = await owner<{ code: string }>({ method: "POST", target: routes.devices, body: { device } });
    const reply = await send(url, { method: "POST", target: routes.enrol, headers: freshAddress(), body: { code } });
    const { secret } = readJson<{ secret: string }>(reply);
    return { ...(await tokenOf(device, secret)), secret };
  };
  const accountWith = async (...grants: ReadonlyArray<{ device: string; role: string }>) => signIn(await addAccount(grants));
  const share = await addShare();
  const proofs: Record<Role, Proof> = {
    nobody: { name: "nobody", token: null, cookie: null },
    stranger: await accountWith(),
    view: await accountWith({ device: own, role: "view" }),
    drive: await accountWith({ device: own, role: "drive" }),
    admin: await accountWith({ device: own, role: "admin" }),
    owner: ownerProof,
    share: await openShare(share.secret),
    self: await tokenOf(own, readFileSync(join(stack.dataDir, "demo", "device.secret"), "utf8").trim()),
    other: await enrol(foreign),
  };
  const as: World["as"] = (role, question) =>
    send(url, {
      ...question,
      headers: {
        ...(question.cookieOnly === true ? {} : proofHeaders(proofs[role])),
        "x-forwarded-for": `10.77.0.${roles.indexOf(role)}`,
        ...question.headers,
      },
    });
  await announce(stack, proofs.self, ["front", "rear"]);
  await announce(stack, proofs.other, ["side"]);
  const announced = ["lorry/side", "picarx/front", "picarx/rear"];
  await waitFor("the announced cameras", async () => {
    const listed = await owner<Array<{ readonly path: string }>>({ target: routes.cameras });
    const paths = listed.map(({ path }) => path).sort();
    return paths.toString() === announced.toString();
  });
  await waitFor("the first playlist", async () => (await as("owner", { target: urls.hls })).status === 200);
  return { stack, proofs, shareId: share.id, as, owner, signIn, openShare, addShare, addAccount, enrol, stop: () => stack.stop() };
}

function readSignIn(name: string, reply: Reply): Proof {
  if (reply.status !== 200) {
    throw new Error(`signing ${name} in answered ${reply.status}: ${reply.body.toString()}`);
  }
  const cookie = reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? null;
  return { name, token: readJson<{ accessToken: string }>(reply).accessToken, cookie };
}

/** Says as a device which cameras it has, so that there is something to be kept from the wrong people. */
async function announce(stack: Stack, proof: Proof, cameras: readonly string[]): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${stack.ports.mqtt}`, {
    username: proof.name,
    password: proof.token ?? "",
    reconnectPeriod: 0,
    clientId: `announce-${proof.name}`,
  });
  const shape = { stamped: true, width: 640, height: 360, fps: 30, state: "publishing" };
  const status = { v: 1, online: true, cameras: cameras.map((id) => ({ id, name: id, ...shape })) };
  await client.publishAsync(`demo/${proof.name}/status`, JSON.stringify(status), { qos: 1 });
  await client.endAsync();
}
