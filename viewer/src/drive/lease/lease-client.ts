import { driveLimits, type LeaseReply, type LeaseRequest, leaseReplySchema, routes } from "@helmcast/config";
import { signal } from "@preact/signals";
import type { Call } from "../../session/authorized-call.ts";
import { type LeaseEvent, type LeaseView, noLease, readRefusal, regularWish, stepLease } from "./lease-machine.ts";

/** Requests that may wait for an answer at once: a lost one must not keep the next renewal back. */
const maxWaiting = 3;

/** What the client needs of the page. */
export type LeaseClientOptions = {
  readonly device: string;
  /** A name of this tab, 8 to 64 characters, new for each stage. */
  readonly tab: string;
  readonly call: Call;
  /** Sends a request that outlives the page. Its answer is not read. */
  readonly sendLast: (path: string, body: LeaseRequest) => void;
  readonly nowMs: () => number;
  readonly after: (delayMs: number, run: () => void) => () => void;
};

/** Takes, renews and gives back the controls of one device for one tab, and knows who has them. */
export class LeaseClient {
  /** Read by the model. */
  readonly view = signal<LeaseView>(noLease);
  readonly #options: LeaseClientOptions;
  readonly #path: string;
  #order = 0;
  #waiting = 0;
  #stopTimer: () => void = () => undefined;

  /** @param options the page's side of the client */
  constructor(options: LeaseClientOptions) {
    this.#options = options;
    this.#path = `${routes.leases}/${options.device}`;
  }

  /** Looks now and each second from now on; the driver renews by that. Ends, and gives the controls back, when `ended` is aborted. */
  open(ended: AbortSignal): void {
    const beat = (): void => {
      this.#hear({ type: "tick", atMs: this.#options.nowMs() });
      this.#stopTimer = this.#options.after(driveLimits.renewEveryMs, beat);
      if (this.#waiting < maxWaiting) {
        void (regularWish(this.view.value) === "renew" ? this.#renew() : this.#look());
      }
    };
    beat();
    ended.addEventListener("abort", () => {
      this.#stopTimer();
      this.release();
    });
  }

  /** Ends a lease of this tab whose renewals were not answered in time. Called before each command. */
  judge(): void {
    this.#hear({ type: "tick", atMs: this.#options.nowMs() });
  }

  /** Takes free controls. */
  async take(): Promise<void> {
    await this.#wish({ action: "take", tab: this.#options.tab });
  }

  /** Asks the driver to hand over. */
  async ask(): Promise<void> {
    await this.#wish({ action: "ask", tab: this.#options.tab });
  }

  /** Takes the controls from whoever has them; for admins of the device. */
  async seize(): Promise<void> {
    await this.#wish({ action: "seize", tab: this.#options.tab });
  }

  /** The driver's yes or no to who asks; a no of who asked takes the ask back. */
  async answer(grant: boolean): Promise<void> {
    const { ask } = this.view.value;
    if (ask !== null) {
      await this.#wish({ action: "answer", tab: this.#options.tab, id: ask.id, grant });
    }
  }

  /** Gives the controls back, and an own ask too. Works while the page goes away. */
  release(): void {
    const { lease, ask } = this.view.value;
    const { tab, sendLast } = this.#options;
    if (lease !== null) {
      sendLast(this.#path, { action: "release", tab, lease });
    } else if (ask?.mine === true) {
      sendLast(this.#path, { action: "answer", tab, id: ask.id, grant: false });
    } else {
      return;
    }
    this.#hear({ type: "released", order: this.#order });
  }

  async #renew(): Promise<void> {
    const { lease } = this.view.value;
    if (lease !== null) {
      await this.#wish({ action: "renew", tab: this.#options.tab, lease });
    }
  }

  #look(): Promise<void> {
    return this.#ask(null, { method: "GET", path: `${this.#path}?tab=${encodeURIComponent(this.#options.tab)}` });
  }

  #wish(body: LeaseRequest): Promise<void> {
    return this.#ask(body.action, { method: "POST", path: this.#path, body });
  }

  async #ask(wish: LeaseRequest["action"] | null, request: { method: "GET" | "POST"; path: string; body?: LeaseRequest }): Promise<void> {
    this.#order += 1;
    this.#waiting += 1;
    const order = this.#order;
    const sentAtMs = this.#options.nowMs();
    const result = await this.#options.call<LeaseReply>({ ...request, schema: leaseReplySchema });
    this.#waiting -= 1;
    if (result.ok) {
      return this.#hear({ type: "reply", order, wish, reply: result.value, sentAtMs, atMs: this.#options.nowMs() });
    }
    const { failure } = result;
    const refusal =
      failure.kind === "refused" ? readRefusal(failure.code, failure.status) : failure.kind === "offline" ? "offline" : "other";
    this.#hear({ type: "refused", order, wish, refusal });
  }

  #hear(event: LeaseEvent): void {
    this.view.value = stepLease(this.view.value, event);
  }
}
