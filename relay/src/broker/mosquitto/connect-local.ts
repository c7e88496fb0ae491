import { connect, type Socket } from "node:net";
import type { Clock } from "@helmcast/runtime";

/** Wait before another try, in ms: mosquitto empties its queue whenever it comes round to it. */
const retryMs = 5;
/** How long somebody may wait for a place in the queue, in ms. A broker that hangs longer is cut off from everybody anyway. */
const limitMs = 1500;

/**
 * Opens a connection to a local socket. Mosquitto lets eleven wait there; whoever comes then is refused at once with EAGAIN (connect(2) on a
 * non-blocking local socket), where TCP would wait. So this one waits.
 * Rejects when there is no place in time, and at once when nobody listens.
 */
export async function connectLocal(path: string, clock: Pick<Clock, "after" | "monotonicMs">): Promise<Socket> {
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    try {
      return await tryOnce(path);
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull || clock.monotonicMs() >= endMs) {
        throw error;
      }
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
    }
  }
}

function tryOnce(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
}
