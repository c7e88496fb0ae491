import { defaultSite, loginReplySchema, routes, type SessionReply, sessionReplySchema } from "@helmcast/config";
import { signal } from "@preact/signals";
import { type ApiClient, type ApiFailure, noContent } from "./api-client.ts";
import { renewalDelayMs } from "./renewal.ts";

/** Somebody who is signed in: a person with an account, or a visitor by a share link, who has one camera until a time. */
export type SignedIn = {
  readonly phase: "signed-in";
  readonly kind: SessionReply["kind"];
  readonly user: string;
  readonly site: string;
  readonly admin: boolean;
  /** Devices that this account manages; "*" is every device. */
  readonly manages: readonly string[];
  readonly camera: string | null;
  readonly untilAtMs: number | null;
  readonly accessToken: string;
  readonly expiresAtMs: number;
};

/**
 * Who is signed in. The access token lives in memory only; the cookie that renews it is out of reach of scripts. `ended` says whose session
 * has run out or was taken back, null when nobody was there or they left by themselves.
 */
export type SessionState =
  | { readonly phase: "restoring" }
  | { readonly phase: "unreachable" }
  | { readonly phase: "signed-out"; readonly ended: SessionReply["kind"] | null }
  | SignedIn;

/** A relay that did not answer is asked again this often: a browser does not notice that a relay has come back. */
const retryEveryMs = 3000;

/** What the session needs of the page. */
export type SessionOptions = {
  readonly api: ApiClient;
  readonly nowMs: () => number;
  readonly later: (delayMs: number, run: () => void) => () => void;
  /** Tells this browser's other tabs that the one cookie they share stands for somebody else now. */
  readonly tellTabs: () => void;
};

/** Signs in and out, restores the session from its cookie, and renews the access token before it runs out. */
export class Session {
  /** Read by the pages; they render again when it changes. */
  readonly state = signal<SessionState>({ phase: "restoring" });
  readonly #options: SessionOptions;
  #cancelRenewal: () => void = () => undefined;
  #renewing: Promise<boolean> | null = null;
  /** Changes with every sign-in and sign-out: an answer from before says nothing about who is there now. */
  #epoch = 0;

  /** @param options the page's side of the session */
  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The access token; "" when nobody is signed in. */
  token(): string {
    const state = this.state.value;
    return state.phase === "signed-in" ? state.accessToken : "";
  }

  /** Signs in. Null is success. */
  async signIn(user: string, password: string): Promise<ApiFailure | null> {
    const body = { user, password };
    const result = await this.#options.api({ method: "POST", path: routes.login, schema: loginReplySchema, body });
    if (!result.ok) {
      return result.failure;
    }
    this.#beginEpoch();
    // The answer to a sign-in does not say what the account may do, nor the relay's site, by which a stage finds its device; the session does.
    if (!(await this.renew())) {
      this.#accept({ kind: "user", site: defaultSite, admin: false, camera: null, untilAt: null, user, ...result.value });
    }
    this.#options.tellTabs();
    return null;
  }

  /**
   * Opens a share link, and becomes its visitor. Null is success. Whoever was signed in before is signed out, but only once the link has
   * opened: one that has ended costs nobody their session.
   */
  async openShare(secret: string): Promise<ApiFailure | null> {
    const before = this.state.value;
    const result = await this.#options.api({ method: "POST", path: routes.openShare, schema: loginReplySchema, body: { secret } });
    if (!result.ok) {
      return result.failure;
    }
    this.#beginEpoch();
    this.#cancelRenewal();
    this.state.value = { phase: "restoring" };
    if (before.phase === "signed-in" && before.kind === "user") {
      // Without the cookie, which is the visitor's by now: the answer to a sign-out would take it away.
      void this.#options.api({ method: "POST", path: routes.logout, schema: noContent, token: before.accessToken, cookie: false });
    }
    await this.renew();
    this.#options.tellTabs();
    return null;
  }

  /** Signs out here and at the gateway. */
  async signOut(): Promise<void> {
    const token = this.token();
    this.#beginEpoch();
    this.#leave(null);
    await this.#options.api({ method: "POST", path: routes.logout, schema: noContent, token });
    this.#options.tellTabs();
  }

  /** Signs the account out wherever it is signed in, here too. Null is success; after a failure nothing has changed. */
  async signOutEverywhere(): Promise<ApiFailure | null> {
    const token = this.token();
    const result = await this.#options.api({ method: "POST", path: routes.logoutEverywhere, schema: noContent, token });
    if (!result.ok) {
      return result.failure;
    }
    this.#beginEpoch();
    this.#leave(null);
    this.#options.tellTabs();
    return null;
  }

  /** The end of a session has been read. */
  forgetEnd(): void {
    if (this.state.value.phase === "signed-out") {
      this.#leave(null);
    }
  }

  /** Another tab has signed in or out: asks who the cookie stands for now. */
  async hearTabs(): Promise<void> {
    this.#beginEpoch();
    await this.renew();
    // What a person did in another tab is no end that they have to be told of.
    this.forgetEnd();
  }

  /** Asks for a new access token by the cookie. True when somebody is signed in afterwards. Calls at the same time share one request. */
  renew(): Promise<boolean> {
    if (this.#renewing === null) {
      const renewing = this.#renew().finally(() => {
        if (this.#renewing === renewing) {
          this.#renewing = null;
        }
      });
      this.#renewing = renewing;
    }
    return this.#renewing;
  }

  #beginEpoch(): void {
    this.#epoch += 1;
    this.#renewing = null;
  }

  async #renew(): Promise<boolean> {
    const before = this.state.value;
    const epoch = this.#epoch;
    const result = await this.#options.api({ method: "GET", path: routes.session, schema: sessionReplySchema });
    if (epoch !== this.#epoch) {
      return this.state.value.phase === "signed-in";
    }
    if (result.ok) {
      this.#accept(result.value);
      return true;
    }
    if (result.failure.kind !== "offline" && (result.failure.status === 401 || result.failure.status === 403)) {
      // Several parts ask when a session ends; the second refusal must not hide whose session it was.
      this.#leave(before.phase === "signed-in" ? before.kind : before.phase === "signed-out" ? before.ended : null);
      return false;
    }
    if (before.phase !== "signed-in") {
      this.state.value = { phase: "unreachable" };
      this.#renewAfter(retryEveryMs);
      return false;
    }
    this.#planRenewal(before.expiresAtMs);
    return false;
  }

  #accept(reply: SessionReply): void {
    const { kind, user, site, admin, camera, accessToken, manages = [] } = reply;
    const expiresAtMs = Date.parse(reply.expiresAt);
    const untilAtMs = reply.untilAt === null ? null : Date.parse(reply.untilAt);
    this.state.value = { phase: "signed-in", kind, user, site, admin, manages, camera, untilAtMs, accessToken, expiresAtMs };
    this.#planRenewal(expiresAtMs);
  }

  #leave(ended: SessionReply["kind"] | null): void {
    this.#cancelRenewal();
    this.state.value = { phase: "signed-out", ended };
  }

  #planRenewal(expiresAtMs: number): void {
    this.#renewAfter(renewalDelayMs(expiresAtMs, this.#options.nowMs()));
  }

  #renewAfter(delayMs: number): void {
    this.#cancelRenewal();
    this.#cancelRenewal = this.#options.later(delayMs, () => void this.renew());
  }
}
