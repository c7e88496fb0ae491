import { join } from "node:path";
import type { Clock, Log } from "@helmcast/runtime";
import { createAdministration } from "../admin/administration.ts";
import { controlApp } from "../admin/control-app.ts";
import { controlSocket } from "../admin/control-socket.ts";
import type { Revoker } from "../admin/revoker.ts";
import { createPasswords } from "../auth/password.ts";
import { createEnrolmentMaker } from "../enrol/make-enrolment.ts";
import { loadState } from "../state/state.ts";
import { createControlClient } from "./control-client.ts";
import type { OpenFolder } from "./reach-relay.ts";

/** Name of the socket that a command serves for itself while no gateway runs. Only the holder of the data folder's lock makes it. */
const ownSocketName = "command.sock";

/** While no gateway runs, nothing runs in anybody's name. */
const nothingRuns: Revoker = {
  signInEnded: () => undefined,
  accountChanged: () => undefined,
  deviceRemoved: () => undefined,
  shareRemoved: () => undefined,
};

/** What opening a data folder takes. */
export type FolderParts = {
  readonly dataDir: string;
  readonly relayUrl: () => string;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Opens the state of a data folder in which no gateway runs, and serves it the way a gateway does: there is one way to ask, and it is the same code.
 * Closing gives the lock back.
 */
export function createFolderOpener(parts: FolderParts): OpenFolder {
  const { dataDir, clock, log, relayUrl } = parts;
  return async (lock) => {
    const closers: Array<() => void | Promise<void>> = [lock.release];
    const close = async () => {
      for (const run of closers.splice(0).reverse()) {
        await run();
      }
    };
    try {
      const wallMs = () => clock.wallMs();
      const state = loadState(join(dataDir, "state.sqlite"), wallMs());
      closers.push(state.close);
      const administration = createAdministration({
        state,
        passwords: createPasswords(),
        revoker: nothingRuns,
        isOnline: () => false,
        wallMs,
      });
      const file = join(dataDir, ownSocketName);
      const app = controlApp({ administration, createEnrolment: createEnrolmentMaker({ ...state, wallMs }), relayUrl, log });
      const socket = controlSocket(app, file);
      closers.push(() => socket.stop());
      await socket.start();
      return { client: createControlClient(file), close };
    } catch (error) {
      await close();
      throw error;
    }
  };
}
