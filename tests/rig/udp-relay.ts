import { createSocket, type Socket } from "node:dgram";
import type { Page } from "@playwright/test";

/** A browser opens a socket per attempt; a test makes some ten attempts. */
const maxClients = 200;

/** Stands between browser and engine on loopback UDP, and can be cut like a cable. */
export type UdpRelay = {
  readonly port: number;
  /** Nothing passes any more, in either direction. */
  cut(): void;
  restore(): void;
  /** From now on what the engine sends takes this much longer, ms; 0 for no longer. Order is kept while the number stays. */
  slow(delayMs: number): void;
  /** Datagrams that passed so far. */
  passed(): number;
  close(): void;
};

/** Opens a relay in front of the engine's WebRTC media port. */
export async function openUdpRelay(enginePort: number): Promise<UdpRelay> {
  const front = createSocket("udp4");
  const backs = new Map<string, Socket>();
  let isCut = false;
  let delayMs = 0;
  const waiting = new Set<NodeJS.Timeout>();
  let passed = 0;
  const passOn = (send: () => void): void => {
    if (delayMs === 0) {
      send();
      return;
    }
    const timer = setTimeout(() => {
      waiting.delete(timer);
      send();
    }, delayMs);
    waiting.add(timer);
  };
  const backOf = (address: string, port: number): Socket | undefined => {
    const key = `${address}:${port}`;
    const known = backs.get(key);
    if (known !== undefined || backs.size >= maxClients) {
      return known;
    }
    // One socket per client, so that the engine's answers find their way back.
    const back = createSocket("udp4");
    back.on("message", (datagram) => {
      if (!isCut) {
        passed += 1;
        passOn(() => front.send(datagram, port, address));
      }
    });
    // The engine's port is shut while it restarts; that is an outage like any other.
    back.on("error", () => null);
    backs.set(key, back);
    return back;
  };
  front.on("message", (datagram, from) => {
    if (!isCut) {
      passed += 1;
      backOf(from.address, from.port)?.send(datagram, enginePort, "127.0.0.1");
    }
  });
  await new Promise<void>((resolve) => front.bind(0, "127.0.0.1", resolve));
  return {
    port: front.address().port,
    cut: () => {
      isCut = true;
    },
    restore: () => {
      isCut = false;
    },
    slow: (ms) => {
      delayMs = ms;
    },
    passed: () => passed,
    close: () => {
      for (const timer of waiting) {
        clearTimeout(timer);
      }
      for (const socket of [front, ...backs.values()]) {
        socket.close();
      }
    },
  };
}

/**
 * Leads the page's WebRTC media through the relay. The answer keeps only loopback UDP candidates, at the relay's port; the offer loses
 * its own, or the engine would reach the browser past the relay.
 */
export async function leadThrough(page: Page, relay: UdpRelay): Promise<void> {
  await page.route("**/whep", async (route) => {
    const offer = route.request().postData() ?? "";
    try {
      const answer = await route.fetch({ postData: withoutCandidates(offer) });
      await route.fulfill({ response: answer, body: rewriteAnswer(await answer.text(), relay.port) });
    } catch {
      // The gateway is away, or the page is: the viewer sees a failed request.
      await route.abort().catch(() => null);
    }
  });
}

function withoutCandidates(sdp: string): string {
  return keepLines(sdp, (line) => !line.startsWith("a=candidate:"));
}

/** Pure: loopback UDP candidates of the first component point to `port`; every other candidate is gone. */
export function rewriteAnswer(sdp: string, port: number): string {
  const candidate = /^(a=candidate:\S+ \d+ udp \d+ 127\.0\.0\.1) \d+ /i;
  return keepLines(sdp, (line) => !line.startsWith("a=candidate:") || candidate.test(line))
    .split("\r\n")
    .map((line) => line.replace(candidate, `$1 ${port} `))
    .join("\r\n");
}

function keepLines(sdp: string, keep: (line: string) => boolean): string {
  return sdp.split(/\r?\n/).filter(keep).join("\r\n");
}
