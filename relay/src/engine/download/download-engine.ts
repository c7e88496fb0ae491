import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "@helmcast/runtime";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import type { DownloadOutcome } from "../find/choose-engine.ts";
import {
  archiveName,
  chooseTarget,
  findChecksum,
  type Machine,
  pinnedSums,
  pinnedVersion,
  releaseFolder,
  releaseLimits,
} from "../find/release.ts";
import { forgetFailure, noteFailure, recallFailure } from "./failure-memory.ts";
import { planRetry } from "./fetch-fault.ts";
import { type FetchLimits, type FetchResult, fetchFile } from "./fetch-file.ts";
import { unpackBinary } from "./unpack-binary.ts";
import { checkDownloadUrl, isLoopbackHost } from "./url-policy.ts";

/** Waits of a download, in ms. The last bounds one file in whole: 30 MB come within it at 0.5 Mbit/s. */
export const downloadTimes = { connectMs: 5_000, stallMs: 30_000, totalMs: 10 * 60_000 } as const;

/** A temporary folder older than this, in ms, was left by a process that was killed. */
const staleAfterMs = 3_600_000;

const temporaryPrefix = ".download-";

/** What a download needs. */
export type DownloadOptions = {
  /** The kit's cache, `<dataDir>/engine`. */
  readonly cacheDir: string;
  /** `HELMCAST_MEDIAMTX_MIRROR`. */
  readonly mirror: string | null;
  readonly machine: Machine;
  readonly clock: Clock;
  /** 0 to 1, for the jitter of retries. */
  readonly random: () => number;
  /** Called once the archive is proven, with a sentence that says against what. */
  readonly onVerified: (sentence: string) => void;
  /** Called for each chunk of the archive. */
  readonly onProgress: (bytes: number, totalBytes: number | null) => void;
  /** True tries even when the last try failed a moment ago. */
  readonly insist: boolean;
  /** Shorter waits and smaller limits, for tests. */
  readonly times?: typeof downloadTimes | { readonly connectMs: number; readonly stallMs: number; readonly totalMs: number };
  readonly limits?: { readonly archiveBytes: number; readonly binaryBytes: number; readonly checksumsBytes: number };
};

/** Where the kit's own copy of the pinned release lies. */
export function cachedBinaryPath(cacheDir: string): string {
  return join(cacheDir, pinnedVersion, "mediamtx");
}

/**
 * Fetches the pinned MediaMTX release, checks it against its `checksums.sha256` (and a pinned sum where there is one) and puts the binary
 * into the cache. The binary appears there whole, by a rename; each download works in a folder of its own, so two at once don't disturb
 * each other, and that folder is removed whatever happens. A failure is remembered for ten minutes. Never throws.
 */
export async function downloadEngine(options: DownloadOptions): Promise<DownloadOutcome> {
  const source = releaseFolder(options.mirror);
  const memory = join(options.cacheDir, "download-failed.json");
  const remembered = options.insist ? null : await recallFailure(memory, source, options.clock.wallMs());
  if (remembered !== null) {
    return { ok: false, reason: `${remembered} (tried less than 10 minutes ago)` };
  }
  const outcome = await attemptDownload(source, options).catch(
    (error: unknown): DownloadOutcome => ({
      ok: false,
      reason: `the state folder can't be used (${error instanceof Error ? error.message : ""})`,
    }),
  );
  if (outcome.ok) {
    await forgetFailure(memory);
  } else {
    await noteFailure(memory, source, options.clock.wallMs(), outcome.reason);
  }
  return outcome;
}

async function attemptDownload(source: string, options: DownloadOptions): Promise<DownloadOutcome> {
  const choice = chooseTarget(options.machine);
  if (!choice.ok) {
    return choice;
  }
  const verdict = checkDownloadUrl(source, null);
  if (!verdict.ok) {
    return verdict;
  }
  await mkdir(options.cacheDir, { recursive: true, mode: 0o700 });
  await sweepStale(options.cacheDir, options.clock.wallMs());
  const temporary = await mkdtemp(join(options.cacheDir, temporaryPrefix));
  const dispatcher = makeDispatcher(verdict.url, options.times ?? downloadTimes);
  try {
    const fetch = (name: string, maxBytes: number, onProgress: DownloadOptions["onProgress"]) =>
      fetchWithRetries(new URL(name, verdict.url), join(temporary, name), { dispatcher, maxBytes, onProgress, options });
    return await fetchAndUnpack(archiveName(choice.target), pinnedSums[choice.target], temporary, fetch, options);
  } finally {
    await dispatcher.destroy();
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Says what an archive's sum was compared with. Without a pinned sum only the release vouches for itself, and a person should know that. */
export function describeProof(archive: string, pinnedSum: string | null): string {
  return pinnedSum === null
    ? `${archive} fits its release's own checksums.sha256 only: no sum for it is pinned in this version of Helmcast`
    : `${archive} fits its release's checksums.sha256 and the sum pinned in this version of Helmcast`;
}

type Fetch = (name: string, maxBytes: number, onProgress: DownloadOptions["onProgress"]) => Promise<FetchResult>;

async function fetchAndUnpack(
  archive: string,
  pinnedSum: string | null,
  temporary: string,
  fetch: Fetch,
  options: DownloadOptions,
): Promise<DownloadOutcome> {
  const limits = options.limits ?? releaseLimits;
  const sums = await fetch("checksums.sha256", limits.checksumsBytes, () => undefined);
  if (!sums.ok) {
    return { ok: false, reason: sums.fault.reason };
  }
  const expected = findChecksum(await readFile(join(temporary, "checksums.sha256"), "utf8"), archive);
  if (expected === null) {
    return { ok: false, reason: `the release's checksum file does not list ${archive}` };
  }
  const fetched = await fetch(archive, limits.archiveBytes, options.onProgress);
  if (!fetched.ok) {
    return { ok: false, reason: fetched.fault.reason };
  }
  if (fetched.sha256 !== expected || (pinnedSum !== null && fetched.sha256 !== pinnedSum)) {
    return { ok: false, reason: `the checksum of ${archive} is wrong` };
  }
  options.onVerified(describeProof(archive, pinnedSum));
  const fresh = join(temporary, "mediamtx");
  const unpacked = await unpackBinary(join(temporary, archive), fresh, limits.binaryBytes);
  if (!unpacked.ok) {
    return unpacked;
  }
  await chmod(fresh, 0o755);
  const path = cachedBinaryPath(options.cacheDir);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rename(fresh, path);
  return { ok: true, path };
}

async function fetchWithRetries(
  url: URL,
  file: string,
  need: { dispatcher: Dispatcher; maxBytes: number; onProgress: DownloadOptions["onProgress"]; options: DownloadOptions },
): Promise<FetchResult> {
  const { clock, random, times } = need.options;
  const limits: FetchLimits = { ...(times ?? downloadTimes), maxBytes: need.maxBytes };
  for (let failures = 1; ; failures++) {
    const result = await fetchFile(url, file, { limits, dispatcher: need.dispatcher, clock, onProgress: need.onProgress });
    const delayMs = result.ok ? null : planRetry(result.fault, failures, random());
    if (delayMs === null) {
      return result;
    }
    await new Promise<void>((resolve) => {
      clock.after(delayMs, resolve);
    });
  }
}

/** A proxy that the environment names is used, but never for this machine itself. */
function makeDispatcher(source: URL, times: { readonly connectMs: number }): Dispatcher {
  const connect = { timeout: times.connectMs };
  return isLoopbackHost(source.hostname) ? new Agent({ connect }) : new EnvHttpProxyAgent({ connect });
}

async function sweepStale(cacheDir: string, nowMs: number): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const folder = join(cacheDir, name);
    // Another copy may remove the same folder at the same time.
    const age = name.startsWith(temporaryPrefix) ? await stat(folder).catch(() => null) : null;
    if (age !== null && nowMs - age.mtimeMs > staleAfterMs) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
