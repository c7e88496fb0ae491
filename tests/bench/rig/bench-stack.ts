import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Stack, startStack } from "../../rig/start-stack.ts";
import type { Cleanup } from "./cleanup.ts";
import { benchCamera, benchDevice } from "./source.ts";

/** Starts the product with the bench's camera, over this MediaMTX or, with null, the embedded relay; it is ended by the cleanup at the latest. */
export async function startBenchStack(mediamtx: string | null, cleanup: Cleanup): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-bench-"));
  cleanup.add(async () => rmSync(folder, { recursive: true, force: true }));
  const demo = join(folder, "edge.yaml");
  writeFileSync(demo, stringify({ device: benchDevice, cameras: [benchCamera] }));
  const engine = mediamtx === null ? { HELMCAST_ENGINE: "embedded" } : { HELMCAST_ENGINE: "mediamtx", MEDIAMTX_BIN: mediamtx };
  const stack = await startStack({ env: { ...engine, HELMCAST_HOST: "127.0.0.1", HELMCAST_DEMO: "on", HELMCAST_DEMO_CONFIG: demo } });
  return { ...stack, stop: cleanup.add(() => stack.stop()) };
}

/** The secret by which the gateway asks its engine in HLS CDN mode, out of the engine's own settings. */
export function readCdnSecret(stack: Pick<Stack, "dataDir">): string {
  const settings = parse(readFileSync(join(stack.dataDir, "engine", "mediamtx.yml"), "utf8"), { version: "1.1" }) as Record<
    string,
    unknown
  >;
  return String(settings["hlsCDNSecret"]);
}
