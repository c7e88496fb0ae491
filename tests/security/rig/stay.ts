import { request } from "node:http";
import { createPeer } from "../../contract/rig/peer.ts";
import { waitFor } from "../../contract/rig/wait.ts";
import { joinBroker, listens } from "./broker.ts";
import { type Question, send } from "./send.ts";
import { freshAddress, type Proof, proofHeaders, urls, type World } from "./world.ts";

/** Something that runs in somebody's name until it is ended. */
export type Stay = {
  readonly kind: string;
  /** True while it runs. */
  isOn(): Promise<boolean> | boolean;
  stop(): void;
};

/** How long a picture may be out while the stream runs, in ms. */
const silenceMs = 700;

/** Most characters that are kept of an answer without an end. */
const maxChars = 100_000;

/** Opens an answer without an end and watches it. `text` is what it said so far. */
export function holdAnswer(world: World, proof: Proof, kind: string, target: string): Promise<Stay & { text(): string }> {
  const { hostname, port } = new URL(world.stack.url);
  return new Promise((resolve, reject) => {
    const headers = { ...proofHeaders(proof), ...freshAddress() };
    const outgoing = request({ hostname, port, path: target, headers, agent: false }, (incoming) => {
      let isOpen = true;
      let text = "";
      incoming.on("data", (chunk: Buffer) => {
        text = (text + chunk.toString("latin1")).slice(-maxChars);
      });
      incoming.on("error", () => undefined);
      incoming.on("close", () => {
        isOpen = false;
      });
      if (incoming.statusCode === 200) {
        resolve({ kind, text: () => text, isOn: () => isOpen, stop: () => outgoing.destroy() });
      } else {
        reject(new Error(`${target} answered ${incoming.statusCode}`));
      }
    });
    outgoing.on("error", reject).end();
  });
}

/** Watches over WHEP, for real: pictures arrive at a peer. */
export async function holdWhep(world: World, proof: Proof): Promise<Stay & { readonly location: string }> {
  const peer = await createPeer("read");
  const question: Question = {
    method: "POST",
    target: urls.whep,
    headers: { ...headersOf(proof), "content-type": "application/sdp" },
    body: peer.offer,
  };
  const reply = await send(world.stack.url, question);
  if (reply.status !== 201) {
    peer.stop();
    throw new Error(`WHEP answered ${reply.status}: ${reply.body.toString()}`);
  }
  peer.accept(reply.body.toString());
  await peer.waitForState("connected");
  await waitFor("pictures", () => peer.video.length > 3);
  let seen = 0;
  let sinceMs = performance.now();
  const isOn = () => {
    if (peer.video.length !== seen) {
      seen = peer.video.length;
      sinceMs = performance.now();
    }
    return performance.now() - sinceMs < silenceMs;
  };
  return { kind: "whep", location: reply.headers.location ?? "", isOn, stop: () => peer.stop() };
}

/** Watches over HLS: asks for the playlist again whenever it is asked whether it goes on. */
export async function holdHls(world: World, proof: Proof): Promise<Stay> {
  const headers = headersOf(proof);
  const isOn = async () => (await send(world.stack.url, { target: urls.hls, headers })).status === 200;
  if (!(await isOn())) {
    throw new Error("no playlist");
  }
  return { kind: "hls", isOn, stop: () => undefined };
}

/** Stays connected to the broker and listens to one topic there. */
export async function holdMqtt(world: World, proof: Proof, road: "tcp" | "websocket", topic: string): Promise<Stay> {
  const link = await joinBroker(world.stack, proof, road);
  if (!(await listens(link, topic))) {
    throw new Error(`${proof.name} may not listen to ${topic}`);
  }
  return { kind: "mqtt", isOn: () => link.client.connected, stop: () => void link.end() };
}

function headersOf(proof: Proof): Record<string, string> {
  return { ...proofHeaders(proof), ...freshAddress() };
}
