import { statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import { aboutReplySchema, controlRoutes } from "../admin/control-messages.ts";
import { controlSocketName } from "../admin/control-socket.ts";
import { type DataLock, tryDataLock } from "../admin/data-lock.ts";
import { type ControlClient, createControlClient, NobodyThere } from "./control-client.ts";

/** How long a gateway that is just starting or stopping, or another command, is waited for, in ms. */
const usualLimitMs = 10_000;
/** Time between two looks, in ms. */
const lookEveryMs = 100;

/** Somebody who answers. `how` says whether a gateway runs, or this process opened the folder itself. */
export type Reached = { readonly client: ControlClient; readonly how: "gateway" | "folder"; close(): Promise<void> };

/** Serves the administration from the folder itself, with the lock that excludes a gateway. Closing gives the lock back. */
export type OpenFolder = (lock: DataLock) => Promise<{ readonly client: ControlClient; close(): Promise<void> }>;

/**
 * Finds whoever may change the state of a data folder: the gateway that runs in it, so that its memory and its running sessions follow at once, or
 * this process itself.
 * @throws AppError HC_GATEWAY_DATA_BUSY when it stays taken by somebody who does not answer, HC_GATEWAY_CONTROL, HC_GATEWAY_STATE
 */
export async function reachRelay(options: {
  readonly dataDir: string;
  readonly openFolder: OpenFolder;
  readonly clock: Clock;
  /** Longest wait for a lock that somebody holds who does not answer. */
  readonly limitMs?: number;
}): Promise<Reached> {
  const { dataDir, openFolder, clock, limitMs = usualLimitMs } = options;
  const client = createControlClient(join(dataDir, controlSocketName));
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    if (await isServed(client)) {
      return { client, how: "gateway", close: () => Promise.resolve() };
    }
    refuseForeign(dataDir);
    const lock = tryDataLock(dataDir);
    if (lock !== null) {
      return { ...(await openFolder(lock)), how: "folder" };
    }
    if (clock.monotonicMs() >= endMs) {
      throw new AppError("HC_GATEWAY_DATA_BUSY", { detail: `Folder: ${dataDir}.` });
    }
    await new Promise<void>((resolve) => {
      clock.after(lookEveryMs, resolve);
    });
  }
}

/**
 * Files that this user makes beside another user's state would keep that one's relay from starting: an easy slip of those who work as root. Before
 * there is a state, the folder's own user is who the relay will run as; others than root may be let in by its group.
 */
function refuseForeign(dataDir: string): void {
  const user = process.geteuid?.();
  const files = [join(dataDir, "state.sqlite"), ...(user === 0 ? [dataDir] : [])];
  const [file, owner] = files.map((name) => [name, ownerOf(name)] as const).find(([, uid]) => uid !== undefined) ?? [];
  if (owner !== undefined && user !== undefined && owner !== user) {
    throw new AppError("HC_GATEWAY_STATE", { detail: `${file} belongs to user ${owner}; work as that user.` });
  }
}

function ownerOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.uid;
}

async function isServed(client: ControlClient): Promise<boolean> {
  try {
    await client.ask({ method: "GET", path: controlRoutes.about }, aboutReplySchema);
    return true;
  } catch (error) {
    if (error instanceof NobodyThere) {
      return false;
    }
    throw error;
  }
}
