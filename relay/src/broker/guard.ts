import type { Clock } from "@helmcast/runtime";
import type { Identity } from "../auth/identity.ts";
import { createMessageRate } from "./message-rate.ts";
import { findDrivenDevice, findPublishFault, findWillFault, mayPublish, maySubscribe, type OfferedMessage } from "./topic-guard.ts";
import type { BrokerParts, Origin } from "./types.ts";

/** Topics one connection may listen to: 16 cameras' detections and every channel of many devices. */
const maxSubscriptions = 256;
/** Topics written to that are remembered. Who writes more is still judged at each message. */
const maxWritten = 256;
/** Longest part of a client id that is kept. */
const maxClientIdChars = 64;
/** setTimeout takes no more than this many ms; a longer wait is cut into pieces. */
const longestTimerMs = 2 ** 31 - 1;
/** Longest part of a topic that is logged. */
const maxLoggedChars = 120;
/** CONNACK code "not authorized" (MQTT 3.1.1, section 3.2.2.3). */
const notAuthorized = 5;
/** CONNACK code "server unavailable", for those who may come later: kicked, or too many. */
export const serverUnavailable = 3;

/** What somebody shows at the door. `end` cuts the connection at once, without a goodbye: somebody who does not read could hold that up. */
type Knock = {
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly clientId: string;
  readonly will: OfferedMessage | null;
  readonly origin: Origin | undefined;
  readonly end: () => void;
};

/** `take`: pass it on. `drop`: take it and let it go nowhere. `cut`: end the connection, since MQTT 3.1.1 has no refusal of a message (section 3.3.5). */
type PublishVerdict = "take" | "drop" | "cut";

/** One connection that was let in. */
export type Guest = {
  readonly identity: Identity;
  /** The client id under which the broker may know it. */
  readonly clientId: string;
  /** To be asked once for every message; counts it. A last will asks too, when it comes due. */
  judgePublish(message: OfferedMessage): PublishVerdict;
  judgeSubscribe(filter: string): boolean;
  /** Asked again at every delivery, so that a grant taken away counts at once. */
  mayReceive(topic: string): boolean;
  /** Call when the connection has ended. Calling it again does no harm. */
  leave(): void;
};

/** Whether somebody comes in, and with which CONNACK code not. */
type Admission = { readonly ok: true; readonly guest: Guest } | { readonly ok: false; readonly returnCode: 3 | 5 };

/** The one guard before every kind of broker: who comes in, what they may say and hear, and when they go. */
export type Guard = {
  admit(knock: Knock): Admission;
  /** Cancels all timers. */
  stop(): void;
};

type GuardParts = Pick<BrokerParts, "identities" | "watches" | "site" | "clock" | "log" | "meter" | "lease">;

/** A guard that asks the permission matrix and the lease. */
export function createGuard(parts: GuardParts): Guard {
  const { identities, watches, site, log, meter } = parts;
  const guests = new Set<Guest>();
  const refuse = (returnCode: 3 | 5): Admission => {
    meter?.refusal("connect");
    return { ok: false, returnCode };
  };
  return {
    admit(knock) {
      const proof = knock.password === undefined ? null : identities.fromToken(knock.password.toString("utf8"));
      if (proof?.ok !== true || proof.identity.name !== knock.username) {
        return refuse(notAuthorized);
      }
      const willFault = knock.will === null ? null : findWillFault(knock.will, proof.identity, identities, site);
      if (willFault !== null) {
        log.warn({ who: proof.identity.name, fault: willFault }, "a last will was refused, and its connection with it");
        return refuse(notAuthorized);
      }
      try {
        watches.refuseKicked(proof.identity.sid, null);
        const guest: Guest = welcome(parts, knock, proof.identity, () => guests.delete(guest));
        guests.add(guest);
        return { ok: true, guest };
      } catch (error) {
        log.debug({ err: error }, "a connection was not let in");
        return refuse(serverUnavailable);
      }
    },
    stop() {
      for (const guest of guests) {
        guest.leave();
      }
    },
  };
}

/** Gives a connection its name and its place among the watches. @throws AppError HC_GATEWAY_TOO_MANY_SESSIONS */
function welcome(parts: GuardParts, knock: Knock, identity: Identity, onLeave: () => void): Guest {
  const { identities, watches, site, clock, meter } = parts;
  const { kind, name, sid, expMs } = identity;
  const heard = new Set<string>();
  const written = new Set<string>();
  const rate = createMessageRate(clock.monotonicMs());
  const { address, bytes } = knock.origin ?? { address: "", bytes: () => null };
  const mayHear = (topic: string) => maySubscribe(topic, identity, identities, site);
  const mayWrite = (topic: string) => mayPublish(topic, identity, identities, site);
  // Who has used no right yet may be there for the very one that went.
  const stillAllowed = () => (heard.size + written.size === 0 ? undefined : [...heard].every(mayHear) && [...written].every(mayWrite));
  const watch = watches.add({ kind, name, sid, transport: "mqtt", path: null, address, bytes, end: knock.end, stillAllowed });
  const cancelExpiry = closeAt(clock, expMs, knock.end);
  let subscriptions = 0;
  return {
    identity,
    // A client id of another's choosing would throw that other out (MQTT 3.1.1, section 3.1.4), so ids hold only within one identity.
    clientId: `${kind}:${name}:${knock.clientId.slice(0, maxClientIdChars)}`,
    judgePublish(message) {
      const verdict = judgePublish(parts, identity, message, rate.take(clock.monotonicMs()));
      if (verdict !== "cut" && written.size < maxWritten) {
        written.add(message.topic);
      }
      return verdict;
    },
    judgeSubscribe(filter) {
      const allowed = ++subscriptions <= maxSubscriptions && mayHear(filter);
      if (allowed) {
        heard.add(filter);
      } else {
        meter?.refusal("subscribe");
      }
      return allowed;
    },
    mayReceive: mayHear,
    leave() {
      cancelExpiry();
      watch.remove();
      onLeave();
    },
  };
}

function judgePublish(parts: GuardParts, identity: Identity, message: OfferedMessage, inRate: boolean): PublishVerdict {
  const { identities, site, log, meter, lease } = parts;
  const fault = inRate ? findPublishFault(message, identity, identities, site) : "too many messages";
  if (fault !== null) {
    meter?.refusal("publish");
    const topic = message.topic.slice(0, maxLoggedChars);
    log.warn({ who: identity.name, topic, fault }, "a message was refused and its connection closed");
    return "cut";
  }
  const device = findDrivenDevice(message.topic);
  if (device === null || lease === undefined || lease.mayDrive(device, identity.sid)) {
    return "take";
  }
  // No cut: who was just taken over has a command or two on the way, and may still watch and stop.
  meter?.refusal("publish");
  return "drop";
}

/** Runs `close` at a wall-clock time; the wall clock is asked again when the timer ends, since it may have jumped. */
function closeAt(clock: Clock, atMs: number, close: () => void): () => void {
  let cancel: () => void = () => undefined;
  const plan = () => {
    const leftMs = atMs - clock.wallMs();
    cancel = leftMs <= 0 ? clock.after(0, close, true) : clock.after(Math.min(leftMs, longestTimerMs), plan, true);
  };
  plan();
  return () => cancel();
}
