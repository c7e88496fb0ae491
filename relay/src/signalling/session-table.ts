import { randomBytes } from "node:crypto";
import { AppError, type StreamPath } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import type { Identity } from "../auth/identity.ts";
import { createEngineKicker } from "../watching/engine-kicker.ts";
import type { Watches } from "../watching/watches.ts";

/** What sweeping and ending need of the engine's API. */
export type WebrtcControl = {
  webrtcSessions(): Promise<ReadonlyArray<{ readonly id: string }>>;
  kickWebrtc(id: string): Promise<boolean>;
};

/** Watching, or talking. */
export type SignallingKind = "whep" | "whip";

/** Whose a session is. */
export type SessionOwner = Pick<Identity, "kind" | "name" | "sid">;

/** One session. `secretPath` is the engine's own session address: whoever knows it controls the session, so it never leaves. */
export type SignallingSession = {
  readonly id: string;
  readonly kind: SignallingKind;
  readonly owner: SessionOwner;
  readonly path: StreamPath;
  readonly secretPath: string;
  /** Its id at the engine's API. */
  readonly engineId: string;
  readonly startedMs: number;
};

/** A session to be kept. */
export type NewSession = Omit<SignallingSession, "id" | "startedMs"> & { readonly address: string };

/**
 * Sessions of a person with a dozen cameras on several screens; of a visitor by a share link, who has one camera and maybe a bad network; of all
 * visitors by one link, which may be passed on and must not take the places of those with an account; and in all: 500 viewers with some air.
 */
const limits = { person: 64, visitor: 16, link: 1000, all: 2000 } as const;
/** How often sessions that the engine no longer has are forgotten, in ms. */
const sweepEveryMs = 10_000;
/** Age under which a session is left alone, in ms: the engine lists it only from its own point of view, and the handshake may take 10 s. */
const youngMs = 12_000;
/** How long the engine must have had a session that nobody here knows before it is cut, in ms: longer than an offer is under way, which is some 5 s of gathering. */
const strayMs = 9_000;

/** The gateway's own session ids, bound to whoever made them, each with its entry among the watches. */
export type SignallingSessions = {
  /** Keeps a place for one more until the returned function is called, once. @throws AppError HC_GATEWAY_TOO_MANY_SESSIONS */
  reserve(owner: SessionOwner): Promise<() => void>;
  /** Keeps one. @throws AppError HC_GATEWAY_TOO_MANY_SESSIONS, when it has been cut at the engine */
  add(session: NewSession): SignallingSession;
  /** The session, when it is theirs and on this path; null otherwise, be it another's or nobody's. */
  find(id: string, kind: SignallingKind, owner: SessionOwner, path: StreamPath): SignallingSession | null;
  /** Forgets one that the engine has ended. */
  remove(id: string): void;
  /** Forgets one and has it cut at the engine, which nobody waits for. */
  end(id: string): void;
  all(): readonly SignallingSession[];
  /** Ends the sweeping. */
  stop(): void;
};

type Kept = { readonly session: SignallingSession; readonly watch: { remove(): void } };

/** @param parts.control the engine's API */
export function createSignallingSessions(parts: {
  readonly control: WebrtcControl;
  readonly watches: Pick<Watches, "add">;
  readonly clock: Clock;
  readonly log: Log;
}): SignallingSessions {
  const { control, watches, clock, log } = parts;
  const sessions = new Map<string, Kept>();
  const kicker = createEngineKicker({ cut: (id) => control.kickWebrtc(id), clock, log });
  const remove = (id: string) => {
    const kept = sessions.get(id);
    sessions.delete(id);
    kept?.watch.remove();
    return kept?.session ?? null;
  };
  const end = (id: string) => {
    const session = remove(id);
    if (session !== null) {
      kicker.kick(session.engineId);
    }
  };
  const sweeper = createSweeper(parts, sessions, { remove, cut: kicker.kick });
  // Sessions that are being made count as well, or many offers at once would all find the last place free.
  const reserved = new Set<{ readonly owner: SessionOwner }>();
  const isFull = (owner: SessionOwner) => {
    const all = [...[...sessions.values()].map(({ session }) => session), ...reserved];
    const isShare = owner.kind === "share";
    const ofName = all.filter((one) => one.owner.kind === owner.kind && one.owner.name === owner.name);
    const own = ofName.filter((one) => isSameOwner(one.owner, owner));
    return (
      all.length >= limits.all || own.length >= (isShare ? limits.visitor : limits.person) || (isShare && ofName.length >= limits.link)
    );
  };
  return {
    async reserve(owner) {
      if (isFull(owner)) {
        await sweeper.sweep();
      }
      if (isFull(owner)) {
        throw new AppError("HC_GATEWAY_TOO_MANY_SESSIONS");
      }
      const place = { owner };
      reserved.add(place);
      return () => void reserved.delete(place);
    },
    add({ address, ...fields }) {
      const { kind: transport, owner, path } = fields;
      const id = randomBytes(24).toString("base64url");
      try {
        const { kind, name, sid } = owner;
        const watch = watches.add({ kind, name, sid, transport, path, address, bytes: () => null, end: () => end(id) });
        const session = { ...fields, id, startedMs: clock.monotonicMs() };
        sessions.set(id, { session, watch });
        sweeper.plan();
        return session;
      } catch (error) {
        kicker.kick(fields.engineId);
        throw error;
      }
    },
    find(id, kind, owner, path) {
      const session = sessions.get(id)?.session;
      const fits = session?.kind === kind && isSameOwner(session.owner, owner) && isSamePath(session.path, path);
      return session !== undefined && fits ? session : null;
    },
    remove: (id) => void remove(id),
    end,
    all: () => [...sessions.values()].map(({ session }) => session),
    stop() {
      sweeper.stop();
      kicker.stop();
      [...sessions.keys()].forEach(remove);
    },
  };
}

/** A person is the same on another screen; visitors by one share link are many people. */
function isSameOwner(left: SessionOwner, right: SessionOwner): boolean {
  return left.kind === right.kind && left.name === right.name && (left.kind === "user" || left.sid === right.sid);
}

function isSamePath(left: StreamPath, right: StreamPath): boolean {
  return left.device === right.device && left.camera === right.camera;
}

/**
 * Forgets what the engine no longer has, and cuts what it has beyond that: a session whose cut failed, or whose visitor left before the answer.
 * One that is just being made is beyond that too, so only what stays so for a while is cut, however often it is looked for meanwhile.
 */
function createSweeper(
  { control, clock }: { readonly control: WebrtcControl; readonly clock: Clock },
  sessions: ReadonlyMap<string, Kept>,
  act: { readonly remove: (id: string) => unknown; readonly cut: (engineId: string) => void },
) {
  let cancel: (() => void) | null = null;
  let stopped = false;
  let strays: ReadonlyMap<string, number> = new Map();
  let running: Promise<boolean> | null = null;
  /** Resolves to whether there is anything left to sweep. An engine that cannot be asked right now proves nothing about its sessions. */
  const lookThrough = async (): Promise<boolean> => {
    const listed = await control.webrtcSessions().catch(() => null);
    if (listed === null) {
      return true;
    }
    const alive = new Set(listed.map((session) => session.id));
    const nowMs = clock.monotonicMs();
    for (const { session } of [...sessions.values()]) {
      if (nowMs - session.startedMs > youngMs && !alive.has(session.engineId)) {
        act.remove(session.id);
      }
    }
    const known = new Set([...sessions.values()].map(({ session }) => session.engineId));
    strays = new Map([...alive].filter((id) => !known.has(id)).map((id) => [id, strays.get(id) ?? nowMs]));
    for (const [id, sinceMs] of strays) {
      if (nowMs - sinceMs >= strayMs) {
        act.cut(id);
      }
    }
    return sessions.size > 0 || strays.size > 0;
  };
  // One at a time: everybody who finds the table full asks for one.
  const sweep = () => {
    running ??= lookThrough().finally(() => {
      running = null;
    });
    return running;
  };
  const plan = () => {
    if (cancel !== null || stopped) {
      return;
    }
    const run = async () => {
      const goesOn = await sweep();
      cancel = null;
      if (goesOn || sessions.size > 0) {
        plan();
      }
    };
    cancel = clock.after(sweepEveryMs, () => void run(), true);
  };
  return {
    sweep,
    plan,
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
