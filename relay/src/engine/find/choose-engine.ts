import { type EngineVersion, formatEngineVersion, isAtLeast, oldestVersion } from "./engine-version.ts";

/** What asking a binary for its version gave. `absent` means that there is no such file. */
export type Probe =
  | { readonly kind: "runs"; readonly version: EngineVersion }
  | { readonly kind: "absent" }
  | { readonly kind: "unfit"; readonly reason: string };

/** What a download gave: the unpacked binary's path, or one clause that says why not. */
export type DownloadOutcome = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string };

/** Everything known so far. A fact that has not been looked up yet is null. */
export type EngineFacts = {
  readonly wanted: "auto" | "mediamtx" | "embedded";
  /** `MEDIAMTX_BIN`. */
  readonly namedPath: string | null;
  /** Where the kit keeps its own copy. */
  readonly cachedPath: string;
  readonly named: Probe | null;
  readonly onPath: Probe | null;
  readonly cached: Probe | null;
  readonly download: DownloadOutcome | null;
  /** The downloaded binary, asked for its version. */
  readonly downloaded: Probe | null;
};

/** The engine that will run. `path` is null for the embedded relay; `why` is one clause for the log and the start screen. */
export type EngineChoice =
  | { readonly kind: "mediamtx"; readonly path: string; readonly version: EngineVersion; readonly why: string }
  | { readonly kind: "embedded"; readonly path: null; readonly version: null; readonly why: string };

/** What to look up next, or the end of the search. */
export type EngineStep =
  | { readonly step: "probe"; readonly fact: "named" | "onPath" | "cached" | "downloaded"; readonly path: string }
  | { readonly step: "download" }
  | { readonly step: "use"; readonly choice: EngineChoice }
  | { readonly step: "refuse"; readonly code: "HC_ENGINE_BINARY" | "HC_ENGINE_NOT_FOUND"; readonly detail: string };

/** The name that the search path is asked for. */
export const commandOnPath = "mediamtx";

/** Facts before anything was looked up. */
export function startFacts(given: Pick<EngineFacts, "wanted" | "namedPath" | "cachedPath">): EngineFacts {
  return { ...given, named: null, onPath: null, cached: null, download: null, downloaded: null };
}

/** Says why a probed binary can't be used, as a clause after its name; null when it can. */
function faultOf(probe: Probe): string | null {
  if (probe.kind === "absent") {
    return "does not exist";
  }
  if (probe.kind === "unfit") {
    return probe.reason;
  }
  return isAtLeast(probe.version, oldestVersion)
    ? null
    : `is version ${formatEngineVersion(probe.version)}, older than ${formatEngineVersion(oldestVersion)}`;
}

function useBinary(probe: Probe, path: string, where: string): EngineStep | null {
  if (probe.kind !== "runs" || faultOf(probe) !== null) {
    return null;
  }
  const why = `MediaMTX ${formatEngineVersion(probe.version)} ${where}`;
  return { step: "use", choice: { kind: "mediamtx", path, version: probe.version, why } };
}

/** Lists what was found but can't be used, then why the download brought nothing. */
function explainNone(facts: EngineFacts): string {
  const found = [
    { name: "the mediamtx on PATH", probe: facts.onPath },
    { name: "the kit's own copy", probe: facts.cached },
    { name: "the downloaded MediaMTX", probe: facts.downloaded },
  ];
  const faults = found.flatMap(({ name, probe }) => (probe === null || probe.kind === "absent" ? [] : [`${name} ${faultOf(probe) ?? ""}`]));
  const parts = faults.length === 0 ? ["no MediaMTX was found"] : faults;
  return facts.download?.ok === false ? `${parts.join(", ")} and the download failed: ${facts.download.reason}` : parts.join(" and ");
}

/**
 * Decides the next step of the search, in the order MEDIAMTX_BIN, PATH, the kit's own copy, download, embedded relay. A binary that a
 * person named is used or refused, never skipped; one that was merely found is skipped when it is no good. Pure: the same facts
 * always give the same step, and every step fills one fact, so the search ends after five.
 */
export function nextEngineStep(facts: EngineFacts): EngineStep {
  if (facts.wanted === "embedded") {
    return {
      step: "use",
      choice: { kind: "embedded", path: null, version: null, why: "embedded relay, because HELMCAST_ENGINE=embedded" },
    };
  }
  if (facts.namedPath !== null) {
    if (facts.named === null) {
      return { step: "probe", fact: "named", path: facts.namedPath };
    }
    const detail = `${facts.namedPath} ${faultOf(facts.named) ?? ""}.`;
    return useBinary(facts.named, facts.namedPath, "from MEDIAMTX_BIN") ?? { step: "refuse", code: "HC_ENGINE_BINARY", detail };
  }
  if (facts.onPath === null) {
    return { step: "probe", fact: "onPath", path: commandOnPath };
  }
  const found = useBinary(facts.onPath, commandOnPath, "found on PATH");
  if (found !== null) {
    return found;
  }
  if (facts.cached === null) {
    return { step: "probe", fact: "cached", path: facts.cachedPath };
  }
  return useBinary(facts.cached, facts.cachedPath, "from the kit's own copy") ?? stepAfterCache(facts);
}

function stepAfterCache(facts: EngineFacts): EngineStep {
  if (facts.download === null) {
    return { step: "download" };
  }
  if (facts.download.ok) {
    if (facts.downloaded === null) {
      return { step: "probe", fact: "downloaded", path: facts.download.path };
    }
    const fresh = useBinary(facts.downloaded, facts.download.path, "just downloaded");
    if (fresh !== null) {
      return fresh;
    }
  }
  const reason = explainNone(facts);
  return facts.wanted === "mediamtx"
    ? { step: "refuse", code: "HC_ENGINE_NOT_FOUND", detail: `What was tried: ${reason}.` }
    : { step: "use", choice: { kind: "embedded", path: null, version: null, why: `embedded relay, because ${reason}` } };
}
