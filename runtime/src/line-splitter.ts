import { StringDecoder } from "node:string_decoder";

/** Default longest line, characters. Longer ones are cut: a child that never writes a line end must not fill the memory. */
export const maxLineChars = 4096;

/** Takes bytes in, gives whole lines out. */
export type LineSplitter = {
  /** Takes the next bytes; calls back for each line that they complete. */
  push(chunk: Buffer): void;
  /** No more bytes come: gives out what is left, if anything. */
  end(): void;
};

/**
 * Splits a stream of UTF-8 into lines at LF, CR and CRLF (ffmpeg ends its progress with CR). Empty lines are left out.
 * A line over `limitChars` is given out cut, with "…" at its end, and the rest of it is thrown away.
 */
export function createLineSplitter(onLine: (line: string) => void, limitChars = maxLineChars): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let held = "";
  let cut = false;
  const flush = (): void => {
    if (held !== "") {
      onLine(cut ? `${held}…` : held);
    }
    held = "";
    cut = false;
  };
  const append = (text: string): void => {
    const room = limitChars - held.length;
    cut ||= text.length > room;
    held += text.slice(0, Math.max(0, room));
  };
  const take = (text: string): void => {
    const pieces = text.split(/[\r\n]/);
    pieces.forEach((piece, index) => {
      if (index > 0) {
        flush();
      }
      append(piece);
    });
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      flush();
    },
  };
}
