import type { Writable } from "node:stream";
import type { Clock } from "@helmcast/runtime";

/** Longest time that one line may take to leave, ms: the other side is stuck then. The same as for a silent motor process. */
const stuckMs = 200;

/** A way out for lines of which only the newest counts. */
export type NewestLine = {
  /** Sends a line; while one is on its way, the newest waits and takes the place of any that waits already. */
  write(line: string): void;
  /** Resolves when nothing waits any more, or after `limitMs`. */
  flushed(limitMs: number): Promise<void>;
};

/**
 * Lets one line at a time into a stream, so that no queue of old commands can form before a slow reader.
 * @param onStuck called once when a line does not leave within 200 ms, or the stream refuses it
 */
export function createNewestLine(stream: Writable, clock: Clock, onStuck: (detail: string) => void): NewestLine {
  let sending = false;
  let waiting: string | null = null;
  let isStuck = false;
  let idle: () => void = () => undefined;
  const fail = (detail: string): void => {
    if (!isStuck) {
      isStuck = true;
      onStuck(detail);
    }
  };
  const send = (line: string): void => {
    sending = true;
    const cancel = clock.after(stuckMs, () => fail(`takes no commands for ${stuckMs} ms`));
    stream.write(`${line}\n`, (error) => {
      cancel();
      sending = false;
      if (error) {
        fail(error.message);
      } else if (waiting !== null) {
        const next = waiting;
        waiting = null;
        send(next);
        return;
      }
      idle();
    });
  };
  return {
    write(line) {
      if (sending) {
        waiting = line;
      } else if (!isStuck) {
        send(line);
      }
    },
    flushed(limitMs) {
      if (!sending || isStuck) {
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const cancel = clock.after(limitMs, resolve);
        idle = () => {
          cancel();
          resolve();
        };
      });
    },
  };
}
