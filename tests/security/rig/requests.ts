import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { routes } from "@helmcast/config";
import { Audio, PeerConnection } from "node-datachannel";
import { createPeer } from "../../contract/rig/peer.ts";
import { waitFor, within } from "../../contract/rig/wait.ts";
import { joinBroker } from "./broker.ts";
import { type Question, send } from "./send.ts";
import { foreign, freshAddress, own, type Proof, password, proofHeaders, type Role, urls, type World } from "./world.ts";

/**
 * One real request per operation, with something real to act on: an account to remove, a sign-in to end. `who` is who sends it; a role that
 * needs something of its own (a session, a sign-in) gets that.
 */
export type RequestMaker = (world: World, who: Role) => Promise<Question> | Question;

const sdp = { "content-type": "application/sdp" };
const fragment = { "content-type": "application/trickle-ice-sdpfrag" };

/** By operation id. */
export const requests: Readonly<Record<string, RequestMaker>> = {
  signIn: async (world) => ({ ...post(routes.login, { user: await world.addAccount([]), password }), headers: freshAddress() }),
  openShare: async (world) => ({ ...post(routes.openShare, { secret: (await world.addShare()).secret }), headers: freshAddress() }),
  readSession: (world, who) => byCookie(world.proofs[who], { target: routes.session }),
  signOut: async (world, who) => onceMore(world, who, post(routes.logout)),
  signOutEverywhere: async (world, who) => onceMore(world, who, post(routes.logoutEverywhere)),
  changePassword: async (world, who) => onceMore(world, who, post(routes.password, { current: password, next: "another long password" })),
  listSignIns: () => ({ target: routes.signIns }),
  endSignIn: async (world, who) => {
    const user = who === "owner" || !isAccount(who) ? null : world.proofs[who].name;
    const second = user === null ? await world.signIn(await world.addAccount([])) : await world.signIn(user);
    const asker = user === null ? second : world.proofs[who];
    const id = sidOf(second);
    const question = { method: "DELETE", target: `${routes.signIns}/${id}` };
    return who === "owner" ? { ...question, headers: proofHeaders(asker) } : question;
  },
  listAccounts: () => ({ target: routes.accounts }),
  addAccount: () => post(routes.accounts, { name: `made-${randomBytes(6).toString("hex")}`, password }),
  removeAccount: async (world) => ({ method: "DELETE", target: `${routes.accounts}/${await world.addAccount([])}` }),
  setPassword: async (world) => post(`${routes.accounts}/${await world.addAccount([])}/password`, { password: "another long password" }),
  setGrant: async (world) => ({
    ...post(`${routes.accounts}/${await world.addAccount([])}/grants/${own}`, { role: "view" }),
    method: "PUT",
  }),
  removeGrant: async (world) => {
    const name = await world.addAccount([{ device: own, role: "view" }]);
    return { method: "DELETE", target: `${routes.accounts}/${name}/grants/${own}` };
  },
  listDevices: () => ({ target: routes.devices }),
  addDevice: () => post(routes.devices, { device: freshDevice() }),
  removeDevice: async (world) => {
    const device = freshDevice();
    await world.enrol(device);
    return { method: "DELETE", target: `${routes.devices}/${device}` };
  },
  enrolDevice: async (world) => {
    const { code } = await world.owner<{ code: string }>(post(routes.devices, { device: freshDevice() }));
    return { ...post(routes.enrol, { code }), headers: freshAddress() };
  },
  fetchDeviceToken: async (world) => {
    const device = freshDevice();
    const { secret } = await world.enrol(device);
    return { ...post(routes.token, { device, secret }), headers: freshAddress() };
  },
  listShares: () => ({ target: routes.shares }),
  addShare: () => post(routes.shares, { camera: `${own}/front`, expiresAt: new Date(Date.now() + 600_000).toISOString() }),
  removeShare: async (world) => ({ method: "DELETE", target: `${routes.shares}/${(await world.addShare()).id}` }),
  listWatches: () => ({ target: routes.watches }),
  kick: async (world) => ({ method: "DELETE", target: `${routes.watches}/${await beginWatch(world)}` }),
  readAudit: () => ({ target: routes.audit }),
  listCameras: () => ({ target: routes.cameras }),
  readCamera: () => ({ target: `${routes.cameras}/${own}/front` }),
  whepOptions: () => ({ method: "OPTIONS", target: urls.whep }),
  whepStart: async () => ({ ...post(urls.whep), headers: sdp, body: await offer("read") }),
  whepTrickle: async (world, who) => trickle(await startSession(world, who, "read")),
  whepEnd: async (world, who) => ({ method: "DELETE", target: (await startSession(world, who, "read")).location }),
  whipOptions: () => ({ method: "OPTIONS", target: urls.talk }),
  whipStart: async () => ({ ...post(urls.talk), headers: sdp, body: await offer("publish") }),
  whipTrickle: async (world, who) => trickle(await startSession(world, who, "publish")),
  whipEnd: async (world, who) => ({ method: "DELETE", target: (await startSession(world, who, "publish")).location }),
  hlsFile: () => ({ target: urls.hls }),
  snapshot: () => ({ target: urls.snapshot }),
  mjpeg: () => ({ target: urls.mjpeg, endless: true }),
  detections: () => ({ target: `${routes.detections}?camera=${own}/front`, endless: true }),
  health: () => ({ target: routes.health }),
  ready: () => ({ target: routes.ready }),
  openapi: () => ({ target: routes.openapi }),
  metrics: () => ({ target: routes.metrics }),
  readLease: () => ({ target: `${routes.leases}/${own}` }),
  changeLease: async (world, who) => {
    const wish = (action: string, more = {}) => post(`${routes.leases}/${own}`, { action, tab: "matrix-tab", ...more });
    if (who === "owner") {
      return wish("seize");
    }
    const { lease } = await world.owner<{ lease: number }>(wish("seize"));
    await world.owner(wish("release", { lease }));
    return wish("take");
  },
  readBlackBox: () => ({ target: `${routes.devices}/${own}/black-box` }),
  sendBlackBox: async (world) => ({
    method: "POST",
    target: await askForBlackBox(world),
    headers: { "content-type": "application/gzip" },
    body: gzipSync("{}\n"),
  }),
};

/** Lets the owner wait for the black box of the device without an agent, and gives the one-time address that the device hears. */
async function askForBlackBox(world: World): Promise<string> {
  const link = await joinBroker(world.stack, world.proofs.other, "tcp");
  try {
    await link.client.subscribeAsync(`demo/${foreign}/lease`, { qos: 1 });
    const heard = new Promise<string>((resolve) =>
      link.client.once("message", (_topic, payload) => resolve(JSON.parse(String(payload)).path)),
    );
    void world.as("owner", { target: `${routes.devices}/${foreign}/black-box` }).catch(() => null);
    return await within("the device to be asked", heard, 5000);
  } finally {
    await link.end();
  }
}

/** A complete offer of a real peer: to watch pictures, or to talk. */
export async function offer(direction: "read" | "publish"): Promise<string> {
  if (direction === "publish") {
    return await offerVoice();
  }
  const peer = await createPeer("read");
  try {
    return peer.offer;
  } finally {
    peer.stop();
  }
}

/** Sound alone, as a browser offers its microphone. */
async function offerVoice(): Promise<string> {
  const connection = new PeerConnection("voice", { iceServers: [], bindAddress: "127.0.0.1" });
  const voice = new Audio("0", "SendOnly");
  voice.addOpusCodec(111);
  voice.addSSRC(0x11223344, "voice", "voice", "audio");
  connection.addTrack(voice);
  try {
    connection.setLocalDescription();
    await waitFor("the candidates", () => connection.gatheringState() === "complete");
    return connection.localDescription()?.sdp ?? "";
  } finally {
    connection.close();
  }
}

/** A session of the role's own where it may have one, else of the owner's. */
export async function startSession(world: World, who: Role, direction: "read" | "publish") {
  const text = await offer(direction);
  const question = { method: "POST", target: direction === "read" ? urls.whep : urls.talk, headers: sdp, body: text };
  const mine = who === "owner" ? null : await world.as(who, question);
  const reply = mine?.status === 201 ? mine : await world.as("owner", question);
  if (reply.status !== 201 || reply.headers.location === undefined) {
    throw new Error(`${question.target} answered ${reply.status}: ${reply.body.toString()}`);
  }
  return { location: reply.headers.location, offer: text };
}

/** The candidates of an offer as a fragment for its session. */
export function trickle(session: { readonly location: string; readonly offer: string }): Question {
  const lines = session.offer.split(/\r?\n/);
  const pick = (start: string) => lines.find((line) => line.startsWith(start)) ?? "";
  const media = pick("m=");
  const mid = pick("a=mid:");
  const body = [pick("a=ice-ufrag:"), pick("a=ice-pwd:"), media, mid, pick("a=candidate:"), ""].join("\r\n");
  return { method: "PATCH", target: session.location, headers: fragment, body };
}

/** The sign-in's id in a token. */
export function sidOf(proof: Proof): string {
  const claims = Buffer.from((proof.token ?? "").split(".")[1] ?? "", "base64url").toString();
  return (JSON.parse(claims) as { readonly sid: string }).sid;
}

/** A request that the cookie alone vouches for. */
export function byCookie(proof: Proof, question: Question): Question {
  return { ...question, headers: { ...question.headers, ...(proof.cookie === null ? {} : { cookie: proof.cookie }) }, cookieOnly: true };
}

function post(target: string, body?: object): Question {
  return { method: "POST", target, ...(body === undefined ? {} : { body }) };
}

function isAccount(who: Role): boolean {
  return !["nobody", "share", "self", "other"].includes(who);
}

/** A request that ends the sender's sign-in goes out under one made for it. */
async function onceMore(world: World, who: Role, question: Question): Promise<Question> {
  if (isAccount(who)) {
    const proof = await world.signIn(await world.addAccount([]));
    return { ...question, headers: proofHeaders(proof) };
  }
  return who === "share" && question.target === routes.logout
    ? { ...question, headers: proofHeaders(await world.openShare((await world.addShare()).secret)) }
    : question;
}

let devices = 0;
function freshDevice(): string {
  devices += 1;
  return `made-${devices}-${randomBytes(3).toString("hex")}`;
}

/** Somebody watches, and the id of that. */
async function beginWatch(world: World): Promise<string> {
  const name = await world.addAccount([{ device: own, role: "view" }]);
  const proof = await world.signIn(name);
  await send(world.stack.url, { target: urls.hls, headers: { ...proofHeaders(proof), ...freshAddress() } });
  const seen = await world.owner<ReadonlyArray<{ readonly id: string; readonly who: string }>>({ target: routes.watches });
  const id = seen.find(({ who }) => who === name)?.id;
  if (id === undefined) {
    throw new Error("a viewer by HLS is not among those who watch");
  }
  return id;
}
