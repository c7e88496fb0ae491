import { expect } from "@playwright/test";
import { beginSampling, distinctStamps, sampleFor } from "../rig/read-stage.ts";
import { startStack } from "../rig/start-stack.ts";
import { findTurnServer, startTurnServer } from "../rig/turn-server.ts";
import { signIn, test } from "../rig/viewer-test.ts";

/** The first attempt learns of the TURN server and fails; the next probe of WHEP comes after 5 s, the one after 10 more, each with a fifth of chance. */
const climbLimitMs = 25_000;

test("a phone that no direct way leads to sees the camera over HTTP at once, and then by TURN", async ({ page }) => {
  test.skip(findTurnServer() === null, "coturn is not installed");
  const turn = await startTurnServer();
  try {
    const stack = await startStack({ env: { HELMCAST_ICE_SERVERS_FILE: turn.iceServersFile } });
    try {
      // As behind a network that lets no UDP but that of its TURN server through: the browser is told to use nothing else.
      await page.addInitScript(() => {
        const peers: RTCPeerConnection[] = [];
        Object.assign(window, { peers });
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(configuration?: RTCConfiguration) {
            super({ ...configuration, iceTransportPolicy: "relay" });
            peers.push(this);
          }
        };
      });
      await signIn(page, stack);
      await page.locator("a.tile").first().click();
      const stage = page.locator("#stage");
      await expect(stage).toHaveAttribute("data-rung", "hls", { timeout: 15_000 });
      await expect(stage).toHaveAttribute("data-state", "live", { timeout: 15_000 });
      await expect(stage).toHaveAttribute("data-rung", "whep", { timeout: climbLimitMs });
      await beginSampling(page);
      expect(distinctStamps(await sampleFor(page, 2000)).length).toBeGreaterThan(30);
      expect(await page.evaluate(listLocalWays)).toEqual(["relay"]);
    } finally {
      await stack.stop();
    }
  } finally {
    await turn.stop();
  }
});

/** Kinds of the local candidates over which pictures come just now. Runs in the page. */
async function listLocalWays(): Promise<string[]> {
  const { peers } = window as unknown as { readonly peers: readonly RTCPeerConnection[] };
  const ways = new Set<string>();
  for (const peer of peers.filter(({ connectionState }) => connectionState === "connected")) {
    const stats = await peer.getStats();
    for (const entry of stats.values()) {
      if (entry.type === "candidate-pair" && entry.nominated && entry.bytesReceived > 0) {
        ways.add(stats.get(entry.localCandidateId)?.candidateType);
      }
    }
  }
  return [...ways];
}
