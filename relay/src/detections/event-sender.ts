/** Cameras of which an event may wait for a client that reads slowly; of each only the newest waits. At 32 KiB each, 2 MiB at most. */
const maxWaiting = 64;
/** Heartbeats in a row that a client may not read before it is cut: half a minute, also when all that is left to read is the end. */
const maxMissedBeats = 2;

/** Sends server-sent events to one client. What it is too slow for is replaced by what is newer. */
export type EventSender = {
  /** @param camera its last event that still waits is dropped for this one; @param event the whole text with its empty line */
  send(camera: string, event: string): void;
  /** Writes a comment, so that both ends and everything between see that the connection lives. False: the client has stopped reading. */
  beat(): boolean;
  /** Ends the stream in good order. Nothing is written after it: Node would end the whole process for that while a slow client has still to read. */
  end(): void;
  /** Bytes handed to the connection. */
  bytes(): number;
};

/** The connection: an HTTP answer whose head is written already. `write` gives false when no more should come before "drain". */
export type EventSink = { write(text: string): boolean; end(): unknown; on(event: "drain", listener: () => void): unknown };

/** A sender for one client. */
export function createEventSender(response: EventSink): EventSender {
  const waiting = new Map<string, string>();
  let full = false;
  let ended = false;
  let missedBeats = 0;
  let sentBytes = 0;
  const write = (text: string) => {
    sentBytes += Buffer.byteLength(text);
    full = !response.write(text);
  };
  response.on("drain", () => {
    full = false;
    missedBeats = 0;
    for (const [camera, event] of waiting) {
      if (full) {
        return;
      }
      waiting.delete(camera);
      write(event);
    }
  });
  return {
    send(camera, event) {
      if (ended) {
        return;
      }
      if (!full) {
        write(event);
        return;
      }
      waiting.delete(camera);
      waiting.set(camera, event);
      const oldest = waiting.keys().next();
      if (waiting.size > maxWaiting && !oldest.done) {
        waiting.delete(oldest.value);
      }
    },
    beat() {
      if (full || ended) {
        missedBeats++;
        return missedBeats < maxMissedBeats;
      }
      write(":\n\n");
      return true;
    },
    end() {
      ended = true;
      waiting.clear();
      response.end();
    },
    bytes: () => sentBytes,
  };
}
