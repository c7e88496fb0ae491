import type { EngineProgram } from "../../contract/rig/engines.ts";
import type { Cleanup } from "../rig/cleanup.ts";

/** What a section gets to work with. */
export type SectionParts = { readonly engine: EngineProgram; readonly cleanup: Cleanup; readonly say: (line: string) => void };

/** Measures one thing through a gateway over one engine, and gives the text to print. What it started has ended then. */
export type Section = (parts: SectionParts) => Promise<string>;

/** The MediaMTX to start, or null for the embedded relay. */
export function mediamtxOf(engine: EngineProgram): string | null {
  return engine.kind === "mediamtx" ? engine.command : null;
}

/** A name for people. */
export function nameEngine(engine: EngineProgram): string {
  return engine.kind === "mediamtx" ? "MediaMTX" : "the embedded relay";
}
