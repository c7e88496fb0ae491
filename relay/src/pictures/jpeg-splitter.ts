/** Largest picture, in bytes; 1280 px at the best quality takes some 400 KiB. */
const maxPictureBytes = 4 * 1024 * 1024;

/** Cuts a stream of JPEG pictures into whole ones. */
export type JpegSplitter = { /** Gives back the pictures that this chunk completes. */ push(chunk: Buffer): readonly Buffer[] };

const start = Buffer.from([0xff, 0xd8]);
const end = Buffer.from([0xff, 0xd9]);

/** A splitter by the markers SOI and EOI: inside the coded data 0xFF is always followed by 0x00 or a restart marker (ITU T.81, section B.1.1.5). */
export function createJpegSplitter(): JpegSplitter {
  let rest = Buffer.alloc(0);
  return {
    push(chunk) {
      const pictures: Buffer[] = [];
      // The last byte kept may be the first half of a marker.
      let searchFrom = Math.max(0, rest.length - 1);
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const from = rest.indexOf(start);
        const to = from < 0 ? -1 : rest.indexOf(end, Math.max(searchFrom, from + 2));
        if (to < 0) {
          break;
        }
        pictures.push(Buffer.from(rest.subarray(from, to + 2)));
        rest = rest.subarray(to + 2);
        searchFrom = 0;
      }
      if (rest.length > maxPictureBytes) {
        rest = Buffer.alloc(0);
      }
      return pictures;
    },
  };
}
