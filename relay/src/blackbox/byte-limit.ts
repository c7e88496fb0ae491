import { Transform } from "node:stream";
import { AppError } from "@helmcast/config";

/** Passes bytes on up to a limit; beyond it the stream fails with AppError HC_GATEWAY_BODY_TOO_LARGE. */
export function createByteLimit(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        done(new AppError("HC_GATEWAY_BODY_TOO_LARGE", { detail: `At most ${maxBytes} bytes.` }));
        return;
      }
      done(null, chunk);
    },
  });
}
