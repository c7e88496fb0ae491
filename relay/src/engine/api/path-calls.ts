import { AppError } from "@helmcast/config";
import type { PathConfig } from "./api-schema.ts";
import type { ApiTransport } from "./api-transport.ts";
import { PathMemory } from "./path-memory.ts";
import { checkName, expectOk } from "./read-reply.ts";

/** Settings of single paths, remembered for the engine's next start. */
export type PathCalls = {
  /** Gives a path settings of its own, also after the engine's next start. */
  addPath(name: string, config: PathConfig): Promise<void>;
  /** Changes some settings of such a path. */
  patchPath(name: string, change: PathConfig): Promise<void>;
  /** Takes a path's own settings away. False when it had none. */
  deletePath(name: string): Promise<boolean>;
  /** Says how many paths have their settings back, and which the engine refused; throws when it does not answer. */
  replay(): Promise<{ readonly made: number; readonly refused: readonly string[] }>;
};

/** Makes the calls. Changes run one after the other, so that a replay can't put an older state over a newer one. */
export function createPathCalls(transport: ApiTransport): PathCalls {
  const memory = new PathMemory();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(run, run);
    last = mine.catch(() => undefined);
    return mine;
  };
  const refuseWhenFull = (name: string): void => {
    if (memory.isFullFor(name)) {
      throw new AppError("HC_ENGINE_PATH_LIMIT");
    }
  };
  return {
    addPath: (name, config) =>
      inTurn(async () => {
        refuseWhenFull(checkName(name));
        await change(transport, "POST", "add", name, config);
        memory.set(name, config);
      }),
    patchPath: (name, patch) =>
      inTurn(async () => {
        refuseWhenFull(checkName(name));
        await change(transport, "PATCH", "patch", name, patch);
        memory.merge(name, patch);
      }),
    deletePath: (name) =>
      inTurn(async () => {
        const existed = await remove(transport, checkName(name));
        memory.remove(name);
        return existed;
      }),
    replay: () => inTurn(() => replay(transport, memory)),
  };
}

async function replay(transport: ApiTransport, memory: PathMemory): Promise<{ made: number; refused: string[] }> {
  const refused: string[] = [];
  for (const [name, config] of memory.entries()) {
    try {
      await change(transport, "POST", "replace", name, config);
    } catch (error) {
      // One path that the engine no longer takes must not cost the others theirs.
      if (!(error instanceof AppError && error.code === "HC_ENGINE_REFUSED")) {
        throw error;
      }
      refused.push(name);
    }
  }
  return { made: memory.entries().length - refused.length, refused };
}

async function remove(transport: ApiTransport, name: string): Promise<boolean> {
  try {
    const reply = await transport.call("DELETE", `/v3/config/paths/delete/${name}`);
    return reply.status === 404 ? false : expectOk(reply) !== undefined;
  } catch (error) {
    // As with a change, a connection that breaks off tells nothing; gone is gone.
    if (error instanceof AppError && error.code === "HC_ENGINE_UNREACHABLE") {
      const reply = await transport.call("GET", `/v3/config/paths/get/${name}`);
      if (reply.status === 404) {
        return true;
      }
    }
    throw error;
  }
}

/**
 * Changes a path's settings. A connection that breaks off tells nothing, because the engine may restart its API's listener in the middle of
 * the answer (MediaMTX contract, section 4); so the settings are read back, and the change has failed only when they are not there.
 */
async function change(
  transport: ApiTransport,
  method: "POST" | "PATCH",
  verb: "add" | "patch" | "replace",
  name: string,
  config: PathConfig,
): Promise<void> {
  try {
    expectOk(await transport.call(method, `/v3/config/paths/${verb}/${name}`, config));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "HC_ENGINE_UNREACHABLE" || !(await isApplied(transport, name, config))) {
      throw error;
    }
  }
}

async function isApplied(transport: ApiTransport, name: string, config: PathConfig): Promise<boolean> {
  const reply = await transport.call("GET", `/v3/config/paths/get/${name}`);
  if (reply.status !== 200 || typeof reply.body !== "object" || reply.body === null) {
    return false;
  }
  const now = reply.body as Readonly<Record<string, unknown>>;
  return Object.entries(config).every(([key, value]) => JSON.stringify(now[key]) === JSON.stringify(value));
}
