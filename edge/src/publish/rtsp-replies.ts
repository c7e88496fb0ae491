import { readContentLength } from "./rtsp-requests.ts";

/** Longest reply head that is looked at, bytes. */
const maxHeadBytes = 8192;

/** Reads the status codes of the relay's replies until the talk is over; the bytes themselves go on to ffmpeg untouched. */
export class ReplyWatcher {
  #waiting: Buffer = Buffer.alloc(0);
  #bodyBytesLeft = 0;

  /** Status codes of the replies that these bytes complete; null when they are no RTSP replies. */
  push(chunk: Buffer): readonly number[] | null {
    const statuses: number[] = [];
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    while (this.#waiting.length > 0) {
      const skip = Math.min(this.#bodyBytesLeft, this.#waiting.length);
      this.#waiting = this.#waiting.subarray(skip);
      this.#bodyBytesLeft -= skip;
      const end = this.#waiting.indexOf("\r\n\r\n");
      if (end < 0) {
        return this.#waiting.length > maxHeadBytes ? null : statuses;
      }
      const [statusLine = "", ...headers] = this.#waiting.toString("latin1", 0, end).split("\r\n");
      const status = /^RTSP\/1\.0 (\d{3})\b/.exec(statusLine)?.[1];
      const bodyBytes = readContentLength(headers);
      if (status === undefined || bodyBytes === null) {
        return null;
      }
      statuses.push(Number(status));
      this.#waiting = this.#waiting.subarray(end + 4);
      this.#bodyBytesLeft = bodyBytes;
    }
    return statuses;
  }
}
