import type { ApiWebrtcSession } from "../stream/api-types.ts";
import type { Session } from "./session.ts";

/** Sessions at once. At 1.5 Mbit/s each this is more than a try-out relay's uplink; it bounds memory and the ICE table. */
export const maxSessions = 256;

/** The sessions that live now, by their secret and by the id of the control API. */
export class SessionTable {
  readonly #bySecret = new Map<string, Session>();
  readonly #byId = new Map<string, Session>();
  #open = false;

  /** True when no more sessions are taken: there are enough, or the server does not run. */
  get full(): boolean {
    return !this.#open || this.#bySecret.size >= maxSessions;
  }

  /** Takes sessions from now on. */
  open(): void {
    this.#open = true;
  }

  /** Ends every session and takes no more: a POST that still waits for the callback must not leave a connection behind. */
  close(reason: string): void {
    this.#open = false;
    for (const session of this.list()) {
      session.close(reason);
    }
  }

  /** Takes a session in. */
  add(session: Session): void {
    this.#bySecret.set(session.secret, session);
    this.#byId.set(session.origin.id, session);
  }

  /** Lets a session go. */
  remove(session: Session): void {
    this.#bySecret.delete(session.secret);
    this.#byId.delete(session.origin.id);
  }

  /** The session that a URL's secret names. A map look-up is timing-safe enough for 122 random bits: keys are hashed, not compared prefix by prefix. */
  findBySecret(secret: string): Session | null {
    return this.#bySecret.get(secret.toLowerCase()) ?? null;
  }

  /** The session with this id. */
  findById(id: string): Session | null {
    return this.#byId.get(id) ?? null;
  }

  /** Every session, oldest first. A copy: sessions may end while it is walked. */
  list(): Session[] {
    return [...this.#bySecret.values()];
  }

  /** Items of the control API. */
  describe(): ApiWebrtcSession[] {
    return this.list().map((session) => session.describe());
  }
}
