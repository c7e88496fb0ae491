import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { basic, createApi } from "../../contract/rig/api.ts";
import { credentials, startCallback } from "../../contract/rig/callback.ts";
import { startChild } from "../../contract/rig/child.ts";
import type { EngineProgram } from "../../contract/rig/engines.ts";
import { findPorts, writeSettings } from "../../contract/rig/settings-file.ts";
import { waitFor } from "../../contract/rig/wait.ts";
import type { Cleanup } from "./cleanup.ts";
import { buildSourceArgs } from "./source.ts";

/** An engine that a viewer asks without a gateway. It asks an auth callback, as the gateway's does. */
export type StraightEngine = { readonly whepUrl: string; readonly authorization: string; close(): Promise<void> };

const startLimitMs = 20_000;
const path = "dev/front";

/** Starts the same program as the gateway's engine, with the same settings and the same camera. */
export async function startStraightEngine(program: EngineProgram, cleanup: Cleanup): Promise<StraightEngine> {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-bench-"));
  const callback = await startCallback();
  const ports = await findPorts();
  const file = join(folder, "mediamtx.yml");
  writeFileSync(file, writeSettings(ports, callback.url), { mode: 0o600 });
  const engine = startChild(program.command, [...program.args, file]);
  let publisher: ReturnType<typeof startChild> | null = null;
  const close = cleanup.add(async () => {
    await publisher?.stop();
    await engine.stop();
    await callback.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const api = createApi(ports.api);
  const isThere = (what: string): Promise<boolean> =>
    api.call("GET", what).then(
      (reply) => reply.status === 200,
      () => false,
    );
  await waitFor("the engine", () => isThere("/v3/info"), startLimitMs);
  const { user, password } = credentials.publisher;
  publisher = startChild("ffmpeg", await buildSourceArgs(`rtsp://${user}:${password}@127.0.0.1:${ports.rtsp}/${path}`));
  const playlist = `http://127.0.0.1:${ports.hls}/${path}/index.m3u8`;
  const headers = { authorization: `Bearer ${credentials.hlsCdnSecret}` };
  const isOnline = (): Promise<boolean> =>
    fetch(playlist, { headers, signal: AbortSignal.timeout(startLimitMs) }).then(
      (reply) => reply.ok,
      () => false,
    );
  await waitFor("the picture at the engine", isOnline, startLimitMs);
  return { whepUrl: `http://127.0.0.1:${ports.webrtc}/${path}/whep`, authorization: basic(credentials.viewer), close };
}
