import { driveLimits, type LeaseReply, type LeaseRequest, type LeaseRight } from "@helmcast/config";

/** Why a driver lost the controls. */
export const lostReasons = ["not-renewed", "taken", "forbidden"] as const;
/** Why a driver lost the controls. */
export type LostReason = (typeof lostReasons)[number];

/** Why a wish was not granted. `offline`: no answer; `other`: an answer that this page does not know. */
export const wishRefusals = ["held", "ask-taken", "ask-gone", "said-no", "lost", "forbidden", "offline", "other"] as const;
/** Why a wish was not granted. */
export type WishRefusal = (typeof wishRefusals)[number];

/** Somebody waits to take over until `untilMs`. `mine`: this tab does. */
export type LeaseAsk = { readonly id: string; readonly by: string; readonly mine: boolean; readonly untilMs: number };

/**
 * What this tab knows of who drives. `lease` is its fencing number while it drives. `lost` stays until the controls are taken again. Times are
 * monotonic ms. `heard` is false until the gateway first answered. `order` numbers the wishes, so that late answers change nothing.
 */
export type LeaseView = {
  readonly heard: boolean;
  readonly lease: number | null;
  readonly aliveUntilMs: number;
  readonly holder: string | null;
  readonly ask: LeaseAsk | null;
  readonly answer: "granted" | "refused" | "withdrawn" | null;
  readonly lost: LostReason | null;
  readonly refusal: WishRefusal | null;
  readonly order: number;
  readonly given: number;
  /** What this account may do here; nothing but stop until the gateway says more. */
  readonly may: LeaseRight;
  /** Number of the lease that was given back: an answer that still names it was under way. */
  readonly released: number | null;
};

/** What is asked of the gateway; null only looks. */
export type Wish = LeaseRequest["action"] | null;

/** What can happen. `sentAtMs` is when the request left: the lease can't have begun later than that plus the way. */
export type LeaseEvent =
  | {
      readonly type: "reply";
      readonly order: number;
      readonly wish: Wish;
      readonly reply: LeaseReply;
      readonly sentAtMs: number;
      readonly atMs: number;
    }
  | { readonly type: "refused"; readonly order: number; readonly wish: Wish; readonly refusal: WishRefusal }
  | { readonly type: "tick"; readonly atMs: number }
  | { readonly type: "released"; readonly order: number };

/** Nothing heard yet. */
export const noLease: LeaseView = {
  heard: false,
  lease: null,
  aliveUntilMs: 0,
  holder: null,
  ask: null,
  answer: null,
  lost: null,
  refusal: null,
  order: 0,
  given: 0,
  may: "stop",
  released: null,
};

/**
 * Pure: what is known after an event. This tab counts its lease from when the renewal was sent, so that it stops driving before the gateway
 * ends the lease, never after.
 */
export function stepLease(view: LeaseView, event: LeaseEvent): LeaseView {
  switch (event.type) {
    case "tick":
      return view.lease !== null && event.atMs >= view.aliveUntilMs ? lose(view, "not-renewed") : view;
    case "released":
      return {
        ...view,
        lease: null,
        holder: null,
        ask: null,
        lost: null,
        refusal: null,
        given: event.order,
        released: view.lease ?? view.released,
      };
    case "reply":
      return event.order <= view.order || event.order <= view.given ? view : takeReply({ ...view, order: event.order }, event);
    case "refused":
      // A renewal of the number of before may be refused after a newer number came: that says nothing about the newer one.
      return event.order <= view.given || (event.wish === "renew" && event.order < view.order)
        ? view
        : refuse(view, event.wish, event.refusal);
  }
}

/** Pure: what the regular request is now: the driver renews, everybody else looks. */
export function regularWish(view: LeaseView): "renew" | null {
  return view.lease === null ? null : "renew";
}

/** Pure: what a refusal's registered code means. */
export function readRefusal(code: string, status: number): WishRefusal {
  const known: Readonly<Record<string, WishRefusal>> = {
    HC_GATEWAY_LEASE_HELD: "held",
    HC_GATEWAY_LEASE_LOST: "lost",
    HC_GATEWAY_LEASE_ASKED: "ask-taken",
    HC_GATEWAY_LEASE_ASK_GONE: "ask-gone",
    HC_GATEWAY_LEASE_REFUSED: "said-no",
  };
  return known[code] ?? (status === 401 || status === 403 || status === 404 ? "forbidden" : "other");
}

function takeReply(view: LeaseView, event: Extract<LeaseEvent, { type: "reply" }>): LeaseView {
  const { reply, wish } = event;
  const { ask } = reply.state;
  const heard: LeaseView = {
    ...view,
    heard: true,
    holder: reply.state.holder,
    may: reply.may ?? view.may,
    ask: ask === null ? null : { id: ask.id, by: ask.by, mine: ask.mine, untilMs: event.atMs + ask.answerInMs },
    answer: reply.state.answer ?? (wish === "ask" || wish === "take" || wish === "seize" ? null : view.answer),
    refusal: wish === null || wish === "renew" ? view.refusal : null,
  };
  if (reply.lease === null || reply.lease === view.released) {
    return view.lease === null ? heard : lose(heard, reply.state.holder === null ? "not-renewed" : "taken");
  }
  return { ...heard, lease: reply.lease, lost: null, refusal: null, aliveUntilMs: event.sentAtMs + driveLimits.leaseMs };
}

function refuse(view: LeaseView, wish: Wish, refusal: WishRefusal): LeaseView {
  const said = wish === null || wish === "renew" ? view : { ...view, refusal };
  if (view.lease === null || (refusal !== "lost" && refusal !== "forbidden") || (wish !== "renew" && refusal === "forbidden")) {
    return said;
  }
  return lose(said, refusal === "lost" ? "taken" : "forbidden");
}

function lose(view: LeaseView, lost: LostReason): LeaseView {
  return { ...view, lease: null, ask: null, lost };
}
