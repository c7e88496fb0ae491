import { randomBytes } from "node:crypto";
import { AppError, blackBoxLimits, routes } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";

/** How long a person waits for a device to begin sending, ms. */
export const { answerMs } = blackBoxLimits;

/** People that may wait at once, for one device and altogether. Each is a request that is held open. */
const maxWaitersOfDevice = 2;
const maxWaiters = 16;

/** Somebody who waits. The promise gives what the device sends; it rejects with AppError HC_GATEWAY_BLACK_BOX when nothing comes in time. */
export type Waiter<Upload> = { readonly path: string; readonly upload: Promise<Upload>; cancel(): void };

/** People who wait for black boxes, each under a one-time address. */
export type Waiters<Upload> = {
  /**
   * Opens an address for one upload of one device.
   * @throws AppError HC_GATEWAY_BUSY when too many wait
   */
  open(device: string): Waiter<Upload>;
  /** Hands an upload to whoever waits at this address, once. False when nobody does, or not for this device: then the address stays as it is. */
  hand(nonce: string, device: string, upload: Upload): boolean;
  /** Sends everybody away. */
  close(): void;
};

type Entry<Upload> = { readonly device: string; settle(upload: Upload | null): void };

/** Nobody waits at first. @param makeNonce tests give a known one */
export function createWaiters<Upload>(clock: Pick<Clock, "after">, makeNonce: () => string = makeRandomNonce): Waiters<Upload> {
  const waiting = new Map<string, Entry<Upload>>();
  return {
    open(device) {
      const ofDevice = [...waiting.values()].filter((entry) => entry.device === device).length;
      if (waiting.size >= maxWaiters || ofDevice >= maxWaitersOfDevice) {
        throw new AppError("HC_GATEWAY_BUSY");
      }
      const nonce = makeNonce();
      let settle: (upload: Upload | null) => void = () => undefined;
      const upload = new Promise<Upload>((resolve, reject) => {
        const cancelTimer = clock.after(answerMs, () => settle(null));
        settle = (sent) => {
          cancelTimer();
          waiting.delete(nonce);
          sent === null ? reject(new AppError("HC_GATEWAY_BLACK_BOX")) : resolve(sent);
        };
      });
      waiting.set(nonce, { device, settle: (sent) => settle(sent) });
      return { path: `${routes.blackBox}/${nonce}`, upload, cancel: () => settle(null) };
    },
    hand(nonce, device, upload) {
      const entry = waiting.get(nonce);
      if (entry?.device !== device) {
        return false;
      }
      entry.settle(upload);
      return true;
    },
    close() {
      for (const entry of [...waiting.values()]) {
        entry.settle(null);
      }
    },
  };
}

/** 192 random bits in the characters that the contract's path takes. */
function makeRandomNonce(): string {
  return randomBytes(24).toString("base64url");
}
