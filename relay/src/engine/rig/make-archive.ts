import { gzipSync } from "node:zlib";
import { Header } from "tar";

/** One entry of a made archive. */
export type ArchiveEntry = {
  readonly path: string;
  readonly content?: string | Buffer;
  readonly type?: "File" | "SymbolicLink" | "Directory";
};

const blockBytes = 512;

/** Makes a gzipped tar archive by hand, so that it can hold names that no honest program writes. */
export function makeArchive(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const body = Buffer.from(entry.content ?? "");
    const header = Buffer.alloc(blockBytes);
    const link = entry.type === "SymbolicLink" ? { linkpath: "/etc/passwd" } : {};
    new Header({ path: entry.path, size: body.length, type: entry.type ?? "File", mode: 0o755, ...link }).encode(header, 0);
    return [header, body, Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]));
}

/** What a release archive holds: the binary, here a script, beside its settings and licence. */
export function makeRelease(binary: string): Buffer {
  return makeArchive([
    { path: "LICENSE", content: "MIT" },
    { path: "mediamtx", content: binary },
    { path: "mediamtx.yml", content: "logLevel: info\n" },
  ]);
}
