import { AppError } from "@helmcast/config";
import { type DownloadOutcome, type EngineChoice, type EngineFacts, nextEngineStep, type Probe, startFacts } from "./choose-engine.ts";

/** What the search does to the world. */
export type FindEffects = {
  /** Asks a binary, by path or by name on PATH, for its version. */
  readonly probe: (path: string) => Promise<Probe>;
  /** Fetches the pinned release into the kit's cache. */
  readonly download: () => Promise<DownloadOutcome>;
};

/**
 * Finds the engine to run.
 * @throws AppError HC_ENGINE_BINARY when MEDIAMTX_BIN names something unfit, HC_ENGINE_NOT_FOUND when MediaMTX is forced and can't be had
 */
export async function findEngine(
  given: Pick<EngineFacts, "wanted" | "namedPath" | "cachedPath">,
  effects: FindEffects,
): Promise<EngineChoice> {
  let facts = startFacts(given);
  for (;;) {
    const next = nextEngineStep(facts);
    switch (next.step) {
      case "use":
        return next.choice;
      case "refuse":
        throw new AppError(next.code, { detail: next.detail });
      case "probe":
        facts = { ...facts, [next.fact]: await effects.probe(next.path) };
        break;
      case "download":
        facts = { ...facts, download: await effects.download() };
        break;
    }
  }
}
