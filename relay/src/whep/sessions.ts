import { randomBytes } from "node:crypto";
import { AppError, type StreamPath } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";

/** What sweeping and ending need of the engine's API. */
export type WebrtcControl = {
  webrtcSessions(): Promise<ReadonlyArray<{ readonly id: string }>>;
  kickWebrtc(id: string): Promise<boolean>;
};

/** One viewing session. `secretPath` is the engine's own session address: whoever knows it controls the session, so it never leaves. */
export type WhepSession = {
  readonly id: string;
  readonly signInId: string;
  readonly account: string;
  readonly camera: StreamPath;
  readonly secretPath: string;
  readonly engineId: string | null;
  readonly startedMs: number;
};

/** Viewing sessions per account and in all: a person with a dozen cameras on several screens, and 500 viewers with some air. */
const maxPerAccount = 64;
const maxSessions = 2000;
/** How often sessions that the engine no longer has are forgotten, in ms. */
const sweepEveryMs = 10_000;
/** Age under which a session is left alone, in ms: the engine lists it only from its own point of view, and the handshake may take 10 s. */
const youngMs = 12_000;

/** The gateway's own session ids, bound to the sign-in that made them. */
export type WhepSessions = {
  /** Keeps a place for one more until the returned function is called, once. @throws AppError HC_GATEWAY_TOO_MANY_SESSIONS */
  reserve(account: string): Promise<() => void>;
  add(session: Omit<WhepSession, "id" | "startedMs">): WhepSession;
  /** The session, when this account owns it on this camera; null otherwise, be it another's or nobody's. */
  find(id: string, account: string, camera: StreamPath): WhepSession | null;
  remove(id: string): void;
  all(): readonly WhepSession[];
  /** Ends sessions: forgotten first, then cut at the engine. */
  end(sessions: readonly WhepSession[]): Promise<void>;
  /** Ends everything that a sign-in watches. */
  endSignIn(signInId: string): Promise<void>;
  /** Ends the sweeping. */
  stop(): void;
};

/** @param control the engine's API */
export function createWhepSessions(parts: { readonly control: WebrtcControl; readonly clock: Clock; readonly log: Log }): WhepSessions {
  const { control, clock, log } = parts;
  const sessions = new Map<string, WhepSession>();
  let cancelSweep: (() => void) | null = null;
  let stopped = false;

  const sweep = async () => {
    const listed = await control.webrtcSessions().catch(() => null);
    // An engine that cannot be asked right now proves nothing about its sessions.
    if (listed === null) {
      return;
    }
    const alive = new Set(listed.map((session) => session.id));
    for (const session of sessions.values()) {
      const old = clock.monotonicMs() - session.startedMs > youngMs;
      if (old && (session.engineId === null || !alive.has(session.engineId))) {
        sessions.delete(session.id);
      }
    }
  };
  const planSweep = () => {
    if (cancelSweep !== null || stopped || sessions.size === 0) {
      return;
    }
    const run = async () => {
      await sweep();
      cancelSweep = null;
      planSweep();
    };
    cancelSweep = clock.after(sweepEveryMs, () => void run(), true);
  };
  // Sessions that are being made count as well, or many offers at once would all find the last place free.
  const reserved = new Set<{ readonly account: string }>();
  const isFull = (account: string) => {
    const all = [...sessions.values(), ...reserved];
    return all.length >= maxSessions || all.filter((one) => one.account === account).length >= maxPerAccount;
  };
  const end = async (ended: readonly WhepSession[]) => {
    for (const session of ended) {
      sessions.delete(session.id);
    }
    const kicks = ended.map((session) => (session.engineId === null ? true : control.kickWebrtc(session.engineId)));
    for (const kick of await Promise.allSettled(kicks)) {
      if (kick.status === "rejected") {
        log.warn({ err: kick.reason }, "a viewing session could not be cut at the engine");
      }
    }
  };

  return {
    async reserve(account) {
      if (isFull(account)) {
        await sweep();
      }
      if (isFull(account)) {
        throw new AppError("HC_GATEWAY_TOO_MANY_SESSIONS");
      }
      const place = { account };
      reserved.add(place);
      return () => void reserved.delete(place);
    },
    add(session) {
      const added = { ...session, id: randomBytes(24).toString("base64url"), startedMs: clock.monotonicMs() };
      sessions.set(added.id, added);
      planSweep();
      return added;
    },
    find(id, account, camera) {
      const session = sessions.get(id);
      const fits = session?.account === account && session.camera.device === camera.device && session.camera.camera === camera.camera;
      return session !== undefined && fits ? session : null;
    },
    remove: (id) => void sessions.delete(id),
    all: () => [...sessions.values()],
    end,
    endSignIn: (signInId) => end([...sessions.values()].filter((session) => session.signInId === signInId)),
    stop() {
      stopped = true;
      cancelSweep?.();
      sessions.clear();
    },
  };
}
