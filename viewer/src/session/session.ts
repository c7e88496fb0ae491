import { defaultSite, loginReplySchema, loginRequestSchema, routes } from "@helmcast/config";
import { signal } from "@preact/signals";
import type { ApiClient, ApiFailure } from "./api-client.ts";
import { renewalDelayMs } from "./renewal.ts";

/** Who is signed in. The access token lives in memory only; the cookie that renews it is out of reach of scripts. */
export type SessionState =
  | { readonly phase: "restoring" }
  | { readonly phase: "unreachable" }
  | { readonly phase: "signed-out"; readonly ended: boolean }
  | {
      readonly phase: "signed-in";
      readonly user: string;
      readonly site: string;
      readonly accessToken: string;
      readonly expiresAtMs: number;
    };

/** `GET /api/auth/session`. A gateway with another site than the default names it. */
const sessionReplySchema = loginReplySchema.extend({
  user: loginRequestSchema.shape.user,
  site: loginRequestSchema.shape.user.optional(),
});

/** A relay that did not answer is asked again this often: a browser does not notice that a relay has come back. */
const retryEveryMs = 3000;

/** What the session needs of the page. */
export type SessionOptions = {
  readonly api: ApiClient;
  readonly nowMs: () => number;
  readonly later: (delayMs: number, run: () => void) => () => void;
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
    this.#accept({ ...result.value, user });
    // The answer to a sign-in does not name the site; the session does.
    void this.renew();
    return null;
  }

  /** Signs out here and at the gateway. */
  async signOut(): Promise<void> {
    const token = this.token();
    this.#beginEpoch();
    this.#leave(false);
    await this.#options.api({ method: "POST", path: routes.logout, schema: { safeParse: () => ({ success: true, data: null }) }, token });
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
      this.#leave(before.phase === "signed-in");
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

  #accept(reply: { user: string; site?: string | undefined; accessToken: string; expiresAt: string }): void {
    const expiresAtMs = Date.parse(reply.expiresAt);
    const before = this.state.value;
    const site = reply.site ?? (before.phase === "signed-in" ? before.site : defaultSite);
    this.state.value = { phase: "signed-in", user: reply.user, site, accessToken: reply.accessToken, expiresAtMs };
    this.#planRenewal(expiresAtMs);
  }

  #leave(ended: boolean): void {
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
