import type { Page } from "@playwright/test";

/** What a page holds on to: repeating timers, connections, and listeners at the window, the document and the screen. */
export type PageOwns = {
  readonly intervals: number;
  readonly peers: number;
  readonly sockets: number;
  readonly listeners: readonly string[];
};

/** Lets a page count what it opens. Before it is loaded. */
export async function countOpened(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const opened = { intervals: new Set<unknown>(), peers: new Set<RTCPeerConnection>(), sockets: new Set<WebSocket>() };
    Object.assign(window, { openedHere: opened });
    const { setInterval: begin, clearInterval: end } = window;
    window.setInterval = ((...given: Parameters<typeof begin>) => {
      const id = begin(...given);
      opened.intervals.add(id);
      return id;
    }) as typeof begin;
    window.clearInterval = (id) => {
      opened.intervals.delete(id);
      end(id);
    };
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...given: ConstructorParameters<typeof RTCPeerConnection>) {
        super(...given);
        opened.peers.add(this);
      }
    };
    window.WebSocket = class extends WebSocket {
      constructor(...given: ConstructorParameters<typeof WebSocket>) {
        super(...given);
        opened.sockets.add(this);
      }
    };
  });
}

/** What a page owns now. The listeners are the browser's own list. */
export async function readOwned(page: Page): Promise<PageOwns> {
  const counted = await page.evaluate(() => {
    const { intervals, peers, sockets } = Reflect.get(window, "openedHere") as {
      intervals: Set<unknown>;
      peers: Set<RTCPeerConnection>;
      sockets: Set<WebSocket>;
    };
    const open = [...peers].filter(({ signalingState }) => signalingState !== "closed").length;
    return {
      intervals: intervals.size,
      peers: open,
      sockets: [...sockets].filter(({ readyState }) => readyState !== WebSocket.CLOSED).length,
    };
  });
  return { ...counted, listeners: await readListeners(page) };
}

async function readListeners(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const found: string[] = [];
  for (const expression of ["window", "document", "screen.orientation", "navigator"]) {
    const { result } = await session.send("Runtime.evaluate", { expression });
    const { listeners } = await session.send("DOMDebugger.getEventListeners", { objectId: result.objectId ?? "" });
    found.push(...listeners.map(({ type }) => `${expression} ${type}`));
  }
  await session.detach();
  return found.sort();
}
