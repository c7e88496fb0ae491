import type { Clock } from "@helmcast/runtime";
import { createMessageRate, packetLimits } from "./message-rate.ts";

/** Largest MQTT packet in bytes: a payload of 32 KiB, a topic and air. */
export const maxPacketBytes = 40 * 1024;

/**
 * Watches the bytes of an MQTT connection and tells when a packet announces more than {@link maxPacketBytes}. The broker's parser would
 * collect up to 256 MiB first (MQTT 3.1.1, section 2.2.3: the length comes first, in up to four bytes of seven bits). It counts packets too:
 * a ping has two bytes, and thousands of them in one breath would hold up everybody else's commands.
 */
export type PacketWatch = { /** False once the connection must be cut. */ accept(chunk: Uint8Array): boolean };

/** A watch for one connection, which starts at its first byte. */
export function createPacketWatch(clock: Pick<Clock, "monotonicMs">): PacketWatch {
  const rate = createMessageRate(clock.monotonicMs(), packetLimits);
  let state: "type" | "length" | "body" = "type";
  let length = 0;
  let shift = 0;
  let left = 0;
  return {
    accept(chunk) {
      const nowMs = clock.monotonicMs();
      let at = 0;
      while (at < chunk.length) {
        if (state === "body") {
          const step = Math.min(left, chunk.length - at);
          at += step;
          left -= step;
          state = left === 0 ? "type" : "body";
          continue;
        }
        const byte = chunk[at++] ?? 0;
        if (state === "type") {
          if (!rate.take(nowMs)) {
            return false;
          }
          state = "length";
          length = 0;
          shift = 0;
          continue;
        }
        length += (byte & 0x7f) * 2 ** shift;
        shift += 7;
        if (length > maxPacketBytes || (shift > 28 && byte >= 0x80)) {
          return false;
        }
        if (byte < 0x80) {
          left = length;
          state = left === 0 ? "type" : "body";
        }
      }
      return true;
    },
  };
}
