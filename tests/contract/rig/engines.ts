import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One of the two programs that have to keep the contract. */
export type EngineKind = "mediamtx" | "embedded";

/** How an engine is started: `command ...args settings.yml`. */
export type EngineProgram = {
  readonly kind: EngineKind;
  readonly command: string;
  readonly args: readonly string[];
  readonly about: string;
};

/** An engine that does not take part, and why, in a few words. */
export type MissingEngine = { readonly kind: EngineKind; readonly why: string };

const embeddedMain = fileURLToPath(new URL("../../../relay/src/embedded/main.ts", import.meta.url));

/**
 * Looks for both engines. MediaMTX is taken from MEDIAMTX_BIN, else from PATH.
 * @throws Error when MEDIAMTX_BIN names something that is no MediaMTX: who names one wants it used, not left out
 */
export function findEngines(): { readonly found: readonly EngineProgram[]; readonly missing: readonly MissingEngine[] } {
  const embedded: EngineProgram = { kind: "embedded", command: process.execPath, args: [embeddedMain], about: "own relay" };
  const all = [findMediamtx(), embedded];
  return {
    found: all.filter((engine) => "command" in engine),
    missing: all.filter((engine) => "why" in engine),
  };
}

/** One line that says which engines run and why one does not. */
export function describeEngines(): string {
  const { found, missing } = findEngines();
  const runs = found.map((engine) => `${engine.kind} (${engine.about})`).join(" and ");
  const absent = missing.map((engine) => `; not against ${engine.kind}: ${engine.why}`).join("");
  return `contract suite: runs against ${runs === "" ? "nothing" : runs}${absent}`;
}

function findMediamtx(): EngineProgram | MissingEngine {
  const named = process.env["MEDIAMTX_BIN"] ?? "";
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "mediamtx"));
  const command = named === "" ? onPath.find(isProgram) : named;
  if (command === undefined) {
    return { kind: "mediamtx", why: "MEDIAMTX_BIN is not set and there is no mediamtx on PATH" };
  }
  const version = isProgram(command) ? spawnSync(command, ["--version"], { encoding: "utf8", timeout: 10_000 }).stdout?.trim() : "";
  if (version) {
    return { kind: "mediamtx", command, args: [], about: version };
  }
  if (named !== "") {
    throw new Error(`MEDIAMTX_BIN names ${named}, which can't be run or does not tell its version. Name a MediaMTX, or unset it.`);
  }
  return { kind: "mediamtx", why: `${command} does not tell its version` };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
