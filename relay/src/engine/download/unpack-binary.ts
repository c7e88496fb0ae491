import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";

/** Name of the one entry that is taken out of a release archive (MediaMTX contract, section 8). */
export const binaryName = "mediamtx";

/** Whether the binary was unpacked, or a clause that says why not. */
export type UnpackResult = { readonly ok: true; readonly bytes: number } | { readonly ok: false; readonly reason: string };

class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

function isUnsafe(path: string): boolean {
  return path.startsWith("/") || path.includes("\\") || path.includes("\0") || path.split("/").includes("..");
}

function isBinary(entry: ReadEntry): boolean {
  return entry.path === binaryName || entry.path === `./${binaryName}`;
}

/**
 * Takes the `mediamtx` entry out of a gzipped tar archive and writes it to `file`, which must not exist. Entry names never become paths:
 * the one destination is `file`, and an archive with a name that would leave its folder is refused whole. Everything that comes out of
 * gzip counts towards `maxBytes`, so a small archive can't fill the disk. On failure `file` may be left behind in part. Never throws.
 */
export async function unpackBinary(archive: string, file: string, maxBytes: number): Promise<UnpackResult> {
  let target: FileHandle | null = null;
  try {
    target = await open(file, "wx", 0o700);
    const bytes = await copyEntry(archive, target, maxBytes);
    await target.sync();
    return bytes === 0 ? { ok: false, reason: `the archive holds no ${binaryName}` } : { ok: true, bytes };
  } catch (error) {
    return { ok: false, reason: error instanceof ArchiveError ? error.message : "the archive can't be unpacked" };
  } finally {
    await target?.close();
  }
}

async function copyEntry(archive: string, target: FileHandle, maxBytes: number): Promise<number> {
  const parser = new Parser({ strict: true });
  let refusal: ArchiveError | null = null;
  let pending: Buffer[] = [];
  let seen = false;
  parser.on("entry", (entry: ReadEntry) => {
    if (isUnsafe(entry.path)) {
      refusal ??= new ArchiveError("the archive holds an entry that points outside of it");
    }
    if (isBinary(entry) && (entry.type === "File" || entry.type === "OldFile") && !seen) {
      seen = true;
      entry.on("data", (chunk: Buffer) => pending.push(Buffer.from(chunk)));
    } else {
      entry.resume();
    }
  });
  parser.on("error", () => {
    refusal ??= new ArchiveError("the archive is damaged");
  });
  let unpackedBytes = 0;
  let writtenBytes = 0;
  const drain = async (): Promise<void> => {
    const chunks = pending;
    pending = [];
    for (const chunk of chunks) {
      await target.write(chunk);
      writtenBytes += chunk.length;
    }
    if (refusal !== null) {
      throw refusal;
    }
  };
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      unpackedBytes += chunk.length;
      if (unpackedBytes > maxBytes) {
        done(new ArchiveError(`the archive unpacks to more than ${maxBytes} bytes`));
        return;
      }
      parser.write(chunk);
      drain().then(() => done(), done);
    },
    final(done) {
      parser.end();
      drain().then(() => done(), done);
    },
  });
  await pipeline(createReadStream(archive), createGunzip(), sink);
  return writtenBytes;
}
