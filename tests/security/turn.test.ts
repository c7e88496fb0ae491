import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPeer, type Peer } from "../contract/rig/peer.ts";
import { waitFor } from "../contract/rig/wait.ts";
import { askForAllocation, type TurnProof } from "../rig/turn-client.ts";
import { findTurnServer, startTurnServer, type TurnServer } from "../rig/turn-server.ts";
import { outcomeOf, type Reply, send } from "./rig/send.ts";
import { freshAddress, type Proof, proofHeaders, type Role, startWorld, urls, type World } from "./rig/world.ts";

/** The camera sends 30 pictures a second: none for so long is silence, in ms. */
const silenceMs = 300;

const isMissing = findTurnServer() === null;

describe.skipIf(isMissing)(`TURN credentials at a real coturn${isMissing ? " (skipped: coturn is not installed)" : ""}`, () => {
  let turn: TurnServer;
  let world: World;
  const peers: Peer[] = [];
  beforeAll(async () => {
    turn = await startTurnServer();
    world = await startWorld({ env: { HELMCAST_ICE_SERVERS_FILE: turn.iceServersFile } });
  });
  afterAll(async () => {
    peers.forEach((peer) => void peer.stop());
    await world?.stop();
    await turn?.stop();
  });

  /** The credentials in a `Link` header, as a browser reads them. */
  function readProof({ headers }: Reply): TurnProof {
    const link = String(headers["link"] ?? "");
    expect(link.startsWith(`<turn:127.0.0.1:${turn.port}?transport=udp>; rel="ice-server"; `)).toBe(true);
    const [, username = "", credential = ""] = /username="([^"]+)"; credential="([^"]+)"; credential-type="password"$/.exec(link) ?? [];
    return { username, credential };
  }
  /** Credentials as the gateway makes them, for any time. */
  function makeProof(expiresInS: number, secret = turn.secret): TurnProof {
    const username = `${Math.floor(Date.now() / 1000) + expiresInS}:somebody`;
    return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
  }

  it.each<[Role, string]>([
    ["view", urls.whep],
    ["share", urls.whep],
    ["drive", urls.talk],
  ])("of %s get an allocation, and a part of them gets none", async (role, target) => {
    const proof = readProof(await world.as(role, { method: "OPTIONS", target }));
    expect(await askForAllocation(turn.port, proof)).toBe("allocated");
    expect(await askForAllocation(turn.port, null)).toBe(401);
    expect(await askForAllocation(turn.port, { ...proof, credential: "guessed" })).toBe(401);
    const later = `${Number(proof.username.split(":")[0]) + 3600}:${proof.username.split(":")[1]}`;
    expect(await askForAllocation(turn.port, { ...proof, username: later })).toBe(401);
  });

  it("get none after their time, nor with another secret", async () => {
    expect(await askForAllocation(turn.port, makeProof(60))).toBe("allocated");
    expect(await askForAllocation(turn.port, makeProof(-5))).toBe(401);
    expect(await askForAllocation(turn.port, makeProof(60, "another"))).toBe(401);
  });

  it("are given to nobody who may not watch", async () => {
    for (const role of ["nobody", "stranger", "other"] as const) {
      const reply = await world.as(role, { method: "OPTIONS", target: urls.whep });
      expect([role, reply.headers["link"], outcomeOf(reply)]).toEqual([role, undefined, expect.stringMatching(/^40[14] /)]);
    }
    expect(world.stack.log()).not.toMatch(/credential=|static-auth/);
    expect(world.stack.log()).not.toContain(turn.secret);
  });

  it("carry the picture to a peer that has no other way, until its sign-in ends", async () => {
    const viewer = await world.signIn(await world.addAccount([{ device: "picarx", role: "view" }]));
    const peer = await watchByTurn(viewer);
    await waitFor("pictures over TURN", () => peer.video.length > 20);
    await send(world.stack.url, { method: "POST", target: "/api/auth/logout", headers: { ...proofHeaders(viewer), ...freshAddress() } });
    const endedMs = performance.now();
    await waitFor("silence", async () => {
      const before = peer.video.length;
      await new Promise((resolve) => setTimeout(resolve, silenceMs));
      return peer.video.length === before;
    });
    expect(performance.now() - endedMs).toBeLessThan(1000 + silenceMs);
  });

  async function watchByTurn(viewer: Proof): Promise<Peer> {
    const headers = { ...proofHeaders(viewer), ...freshAddress() };
    const { username, credential } = readProof(await send(world.stack.url, { method: "OPTIONS", target: urls.whep, headers }));
    const relay = { hostname: "127.0.0.1", port: turn.port, username, password: credential, relayType: "TurnUdp" as const };
    const peer = await createPeer("read", { relay });
    peers.push(peer);
    const candidates = peer.offer.split("\r\n").filter((line) => line.startsWith("a=candidate:"));
    expect(candidates.length).toBeGreaterThan(0);
    expect(candidates.filter((line) => !line.includes(" typ relay"))).toEqual([]);
    const question = { method: "POST", target: urls.whep, headers: { ...headers, "content-type": "application/sdp" }, body: peer.offer };
    const reply = await send(world.stack.url, question);
    expect(outcomeOf(reply)).toBe("ok");
    peer.accept(reply.body.toString());
    await peer.waitForState("connected");
    return peer;
  }
});
