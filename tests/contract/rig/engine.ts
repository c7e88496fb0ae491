import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { type Api, createApi } from "./api.ts";
import { type Callback, startCallback } from "./callback.ts";
import { type Child, startChild } from "./child.ts";
import { type EngineKind, type EngineProgram, findEngines } from "./engines.ts";
import { type EnginePorts, findPorts, writeSettings } from "./settings-file.ts";
import { waitFor } from "./wait.ts";

/** A running engine with its callback. */
export type Engine = {
  readonly kind: EngineKind;
  readonly ports: EnginePorts;
  readonly callback: Callback;
  readonly api: Api;
  readonly hls: string;
  readonly webrtc: string;
  /** Log of the engine so far. */
  log(): string;
  /** Ends with the engine. */
  own<Owned extends { stop(): Promise<void> | void }>(child: Owned): Owned;
  stop(): Promise<void>;
};

/** Starts an engine from its settings file and waits until its API answers. */
export async function startEngine(program: EngineProgram): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-contract-"));
  const callback = await startCallback();
  const ports = await findPorts();
  const file = join(folder, "mediamtx.yml");
  writeFileSync(file, writeSettings(ports, callback.url), { mode: 0o600 });
  const child: Child = startChild(program.command, [...program.args, file]);
  const owned: Array<{ stop(): Promise<void> | void }> = [];
  const api = createApi(ports.api);
  const engine: Engine = {
    kind: program.kind,
    ports,
    callback,
    api,
    hls: `http://127.0.0.1:${ports.hls}`,
    webrtc: `http://127.0.0.1:${ports.webrtc}`,
    log: () => child.output(),
    own(item) {
      owned.push(item);
      return item;
    },
    async stop() {
      await Promise.all(owned.splice(0).map((item) => item.stop()));
      await child.stop();
      await callback.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await waitFor("the engine's API", async () => {
      if (!child.running()) {
        throw new Error(`the engine ended:\n${child.output()}`);
      }
      return await api.call("GET", "/v3/info").then(
        (reply) => reply.status === 200,
        () => false,
      );
    });
  } catch (error) {
    await engine.stop();
    throw new Error(`${program.kind} did not come up: ${error instanceof Error ? error.message : String(error)}\n${child.output()}`);
  }
  return engine;
}

/** Declares a group of tests once for each engine that was found. The engine runs during the group. */
export function describeEngines(topic: string, declare: (engine: () => Engine, kind: EngineKind) => void): void {
  const { found } = findEngines();
  describe.each(found)(`$kind: ${topic}`, (program) => {
    let engine: Engine | null = null;
    beforeAll(async () => {
      engine = await startEngine(program);
    }, 20_000);
    afterAll(async () => {
      await engine?.stop();
    });
    declare(() => {
      if (engine === null) {
        throw new Error("the engine does not run");
      }
      return engine;
    }, program.kind);
  });
}
