/** The MediaMTX release that Helmcast downloads and is tested with. */
export const pinnedVersion = "1.20.1";

/** The largest archive and binary that are accepted, and the largest checksum file, in bytes. The real ones have 30 MB, 70 MB and 1 KB. */
export const releaseLimits = { archiveBytes: 128 * 1024 * 1024, binaryBytes: 256 * 1024 * 1024, checksumsBytes: 64 * 1024 } as const;

/** Where releases lie unless `HELMCAST_MEDIAMTX_MIRROR` names another place with the same folders. */
export const defaultReleaseBase = "https://github.com/bluenviron/mediamtx/releases/download";

/** A build of the release that Helmcast can unpack. */
export type ReleaseTarget = "linux_amd64" | "linux_arm64" | "linux_armv7" | "linux_armv6" | "darwin_amd64" | "darwin_arm64";

/** What the machine is: Node's names, and the ARM generation where the architecture is `arm`. */
export type Machine = { readonly platform: string; readonly arch: string; readonly armVersion: number | null };

/** The build for a machine, or why there is none. */
export type TargetChoice = { readonly ok: true; readonly target: ReleaseTarget } | { readonly ok: false; readonly reason: string };

const targets: Readonly<Record<string, ReleaseTarget>> = {
  "linux/x64": "linux_amd64",
  "linux/arm64": "linux_arm64",
  "darwin/x64": "darwin_amd64",
  "darwin/arm64": "darwin_arm64",
};

/**
 * SHA-256 of each archive of {@link pinnedVersion}, lower-case hex; null trusts the release's own checksum file, and the log says so. A sum here is compared
 * as well, so that a changed release is refused even when its checksum file was changed with it.
 */
export const pinnedSums: Readonly<Record<ReleaseTarget, string | null>> = {
  linux_amd64: null,
  linux_arm64: null,
  linux_armv7: null,
  linux_armv6: null,
  darwin_amd64: null,
  darwin_arm64: null,
};

/** Picks the build for a machine (MediaMTX contract, section 8). Windows builds come as zip files, which are not unpacked here. */
export function chooseTarget(machine: Machine): TargetChoice {
  if (machine.platform === "linux" && machine.arch === "arm") {
    return { ok: true, target: machine.armVersion === 6 ? "linux_armv6" : "linux_armv7" };
  }
  const target = targets[`${machine.platform}/${machine.arch}`];
  if (target !== undefined) {
    return { ok: true, target };
  }
  const name = `${machine.platform} on ${machine.arch}`;
  return {
    ok: false,
    reason:
      machine.platform === "win32"
        ? "the download does not support Windows (name an installed MediaMTX in MEDIAMTX_BIN)"
        : `MediaMTX has no build for ${name}`,
  };
}

/** File name of a build's archive. */
export function archiveName(target: ReleaseTarget): string {
  return `mediamtx_v${pinnedVersion}_${target}.tar.gz`;
}

/** The folder of the pinned release, with a slash at its end. `mirror` replaces the part before `v<version>/`. */
export function releaseFolder(mirror: string | null): string {
  const base = (mirror ?? defaultReleaseBase).replace(/\/+$/, "");
  return `${base}/v${pinnedVersion}/`;
}

/**
 * Finds a file's SHA-256 in a checksum file: lines of `<hex> *<file>` or `<hex>  <file>`, as sha256sum writes them. Null when the
 * file is not listed, or is listed twice with different sums.
 */
export function findChecksum(text: string, fileName: string): string | null {
  const found = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^([0-9a-fA-F]{64}) [ *](.+)$/.exec(line.trimEnd());
    if (match?.[1] !== undefined && match[2] === fileName) {
      found.add(match[1].toLowerCase());
    }
  }
  const [sum, ...others] = [...found];
  return sum === undefined || others.length > 0 ? null : sum;
}
