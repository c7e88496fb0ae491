import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadState } from "../state/state.ts";
import { type AuthRig, cookieOf, rigPassword, startAuthRig } from "./rig/auth-rig.ts";

/** Microtasks after the password's check in which the change falls, one after the other; signing in is done after some ten. */
const microtasks = Array.from({ length: 24 }, (_, index) => index);

let folder = "";
let rig: AuthRig;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-race-"));
  rig = await startAuthRig(undefined, join(folder, "state.sqlite"));
});
afterEach(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});

function afterMicrotasks(count: number, run: () => void): void {
  queueMicrotask(() => (count === 0 ? run() : afterMicrotasks(count - 1, run)));
}

/** What stands on the disk, read anew. */
function countOnDisk(): number {
  const state = loadState(join(folder, "state.sqlite"), 0);
  const { length } = state.sessions.all(rig.nowMs());
  state.close();
  return length;
}

describe("a sign-in that is running while its account changes", () => {
  it.each([
    ["is removed", () => void [rig.state.sessions.endAll("ann"), rig.state.accounts.remove("ann")]],
    ["gets another password", () => void [rig.state.sessions.endAll("ann"), rig.state.accounts.put("ann", "other", 0)]],
  ])("leaves nothing that counts when the account %s, at whatever moment", async (_what, change) => {
    const hash = rig.state.accounts.passwordHash("ann") ?? "";
    const statuses = new Set<number>();
    for (const count of microtasks) {
      rig.state.accounts.put("ann", hash, 0);
      rig.meanwhile("check", () => afterMicrotasks(count, change));
      const response = await rig.send("POST", "/api/auth/login", { body: { user: "ann", password: rigPassword } });
      statuses.add(response.status);
      expect([count, rig.state.sessions.all(rig.nowMs()), countOnDisk()]).toEqual([count, [], 0]);
      const cookie = cookieOf(response);
      if (cookie !== null) {
        rig.state.accounts.put("ann", hash, 0);
        expect((await rig.send("GET", "/api/auth/session", { cookie })).status).toBe(401);
      }
    }
    // The change came before the verdict, and after the sign-in had begun.
    expect([...statuses].sort()).toEqual([200, 401]);
  });
});
