import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPasswords } from "../../auth/password.ts";
import { loadState, type State } from "../../state/state.ts";
import type { Actor } from "../actor.ts";
import { type Administration, createAdministration } from "../administration.ts";

/** The person who does everything in tests. */
export const boss: Actor = { name: "boss", address: "192.0.2.7" };

/** An administration over a real file. `told` is what the revoker heard, with what `look` said at that moment. */
export type AdministrationRig = {
  readonly administration: Administration;
  readonly state: State;
  readonly dataDir: string;
  readonly told: string[];
  /** Asked whenever the revoker is told something. */
  look: () => string;
  nowMs: number;
  /** Adds a sign-in of an account. */
  signIn(account: string, id: string): void;
  stop(): void;
};

/** Starts with one account that runs the relay, `boss`, and no device. */
export function startAdministration(): AdministrationRig {
  const dataDir = mkdtempSync(join(tmpdir(), "helmcast-admin-"));
  const state = loadState(join(dataDir, "state.sqlite"), 0);
  const told: string[] = [];
  const tell = (what: string) => void told.push(`${what}${rig.look()}`);
  const rig: AdministrationRig = {
    administration: createAdministration({
      state,
      passwords: createPasswords({ logN: 4, r: 8, p: 1 }),
      revoker: {
        signInEnded: (sid) => tell(`sign-in ${sid}`),
        accountChanged: (name) => tell(`account ${name}`),
        deviceRemoved: (id, generation) => tell(`device ${id} ${generation}`),
        shareRemoved: (id) => tell(`share ${id}`),
      },
      isOnline: (device) => device === "picarx",
      wallMs: () => rig.nowMs,
    }),
    state,
    dataDir,
    told,
    look: () => "",
    nowMs: Date.parse("2026-11-21T07:00:00Z"),
    signIn: (account, id) =>
      void state.sessions.add({ id, account, cookieHash: `hash-${id}`, expiresMs: rig.nowMs + 3_600_000 }, rig.nowMs),
    stop() {
      state.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  state.accounts.put(boss.name, "no hash", rig.nowMs);
  state.accounts.grant(boss.name, "*", "admin");
  return rig;
}

/** The `code` of what a call throws or rejects with. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "no refusal";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
