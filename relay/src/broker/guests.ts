import type { Clock, Log } from "@helmcast/runtime";
import type { AedesOptions, AuthenticateError, Client } from "aedes";
import type { Identities, Identity } from "../auth/identity.ts";
import { createMessageRate, type MessageRate } from "./message-rate.ts";
import { findPublishFault, maySubscribe } from "./topic-guard.ts";

/** Topics one connection may listen to: 16 cameras' detections and every channel of many devices. */
const maxSubscriptions = 256;
/** Longest part of a client id that is kept. */
const maxClientIdChars = 64;
/** setTimeout takes no more than this many ms; a longer wait is cut into pieces. */
const longestTimerMs = 2 ** 31 - 1;
/** CONNACK code "not authorized" (MQTT 3.1.1, section 3.2.2.3). */
const notAuthorized = 5;

type Guest = { readonly identity: Identity; readonly rate: MessageRate; readonly cancelExpiry: () => void; subscriptions: number };

/** Who is connected, and the broker's hooks that ask the permission matrix about them. */
export type Guests = {
  readonly hooks: Required<Pick<AedesOptions, "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward">>;
  /** Call when a connection has ended. */
  forget(client: Client): void;
  /** Cuts every connection of a sign-in. */
  endSignIn(signInId: string): void;
  /** Cancels all timers. */
  stop(): void;
};

/** @param parts.site first part of every topic; others do not exist here */
export function createGuests(parts: {
  readonly identities: Identities;
  readonly site: string;
  readonly clock: Clock;
  readonly log: Log;
}): Guests {
  const { identities, site, clock, log } = parts;
  const guests = new Map<Client, Guest>();
  const admit = (client: Client, identity: Identity) => {
    // A client id of another's choosing would throw that other out (MQTT 3.1.1, section 3.1.4), so ids hold only within one identity.
    client.id = `${identity.kind}:${identity.name}:${client.id.slice(0, maxClientIdChars)}`;
    const cancelExpiry = closeAt(clock, identity.expMs, () => client.close());
    guests.set(client, { identity, rate: createMessageRate(clock.monotonicMs()), cancelExpiry, subscriptions: 0 });
  };
  return {
    hooks: {
      authenticate(client, username, password, done) {
        const proof = password === undefined ? null : identities.fromToken(password.toString("utf8"));
        if (proof?.ok !== true || proof.identity.name !== username) {
          const error: AuthenticateError = Object.assign(new Error("not authorized"), { returnCode: notAuthorized });
          done(error, false);
          return;
        }
        admit(client, proof.identity);
        done(null, true);
      },
      authorizePublish(client, packet, done) {
        const guest = client === null ? undefined : guests.get(client);
        if (guest === undefined || !guest.rate.take(clock.monotonicMs())) {
          done(new Error("not authorized, or too many messages"));
          return;
        }
        const { topic, qos, retain, payload } = packet;
        const message = { topic, qos, retain, payloadBytes: Buffer.byteLength(payload) };
        const fault = findPublishFault(message, guest.identity, identities, site);
        if (fault === null) {
          done(null);
          return;
        }
        // MQTT 3.1.1 has no refusal of a message, so the connection ends (section 3.3.5).
        log.warn({ who: guest.identity.name, topic: topic.slice(0, 120), fault }, "a message was refused and its connection closed");
        done(new Error(fault));
      },
      authorizeSubscribe(client, subscription, done) {
        const guest = guests.get(client);
        const allowed = guest !== undefined && ++guest.subscriptions <= maxSubscriptions;
        done(null, allowed && maySubscribe(subscription.topic, guest.identity, identities, site) ? subscription : null);
      },
      // Asked again at every delivery, so that a grant taken away counts at once.
      authorizeForward(client, packet) {
        const guest = guests.get(client);
        return guest !== undefined && maySubscribe(packet.topic, guest.identity, identities, site) ? packet : null;
      },
    },
    forget(client) {
      guests.get(client)?.cancelExpiry();
      // The last will is judged after this, and needs its owner's rights.
      setImmediate(() => guests.delete(client));
    },
    endSignIn(signInId) {
      for (const [client, guest] of guests) {
        if (guest.identity.sid === signInId) {
          client.close();
        }
      }
    },
    stop() {
      for (const guest of guests.values()) {
        guest.cancelExpiry();
      }
    },
  };
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
