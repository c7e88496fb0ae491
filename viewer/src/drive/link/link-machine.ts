/** When a lost link is tried again, ms: quickly at first, because a driver waits for it. */
export const linkLimits = Object.freeze({ firstRetryMs: 500, mostRetryMs: 4000 });

/**
 * Everything the link remembers. `live` is the connection that carries messages, `coming` the one that is being made; at a token's renewal there
 * are both for a moment, so that the link never has a gap.
 */
export type LinkState = {
  readonly open: boolean;
  readonly live: number | null;
  readonly coming: number | null;
  readonly nextId: number;
  readonly failures: number;
};

/** What can happen to the link. `refresh`: the token has changed, or the network has. */
export type LinkEvent =
  | { readonly type: "open" | "close" | "refresh" | "retry-due" }
  | { readonly type: "connected" | "lost"; readonly id: number };

/** What the link wants done. */
export type LinkEffect =
  | { readonly type: "connect" | "end"; readonly id: number }
  | { readonly type: "retry-after"; readonly delayMs: number }
  | { readonly type: "stop-retry" };

/** Pure: a state and what to do about it. */
export type LinkStep = { readonly state: LinkState; readonly effects: readonly LinkEffect[] };

/** Not opened yet. */
export const closedLink: LinkState = { open: false, live: null, coming: null, nextId: 1, failures: 0 };

/** Pure: the link's next step. A closed link does nothing but open. */
export function stepLink(state: LinkState, event: LinkEvent): LinkStep {
  if (!state.open) {
    return event.type === "open" ? connect({ ...state, open: true, failures: 0 }) : { state, effects: [] };
  }
  switch (event.type) {
    case "open":
      return { state, effects: [] };
    case "close":
      return {
        state: { ...closedLink, nextId: state.nextId },
        effects: [{ type: "stop-retry" }, ...endOf(state.coming), ...endOf(state.live)],
      };
    case "refresh":
      return replaceComing(state);
    case "retry-due":
      return state.coming === null ? connect(state) : { state, effects: [] };
    case "connected":
      return takeOver(state, event.id);
    case "lost":
      return lose(state, event.id);
  }
}

function connect(state: LinkState): LinkStep {
  const id = state.nextId;
  return { state: { ...state, coming: id, nextId: id + 1 }, effects: [{ type: "connect", id }] };
}

/** A connection that is still being made has the old token. */
function replaceComing(state: LinkState): LinkStep {
  const { state: next, effects } = connect({ ...state, failures: 0 });
  return { state: next, effects: [{ type: "stop-retry" }, ...endOf(state.coming), ...effects] };
}

/** The new connection carries from now on; only then the old one ends. */
function takeOver(state: LinkState, id: number): LinkStep {
  if (id !== state.coming) {
    return { state, effects: [{ type: "end", id }] };
  }
  return { state: { ...state, live: id, coming: null, failures: 0 }, effects: endOf(state.live) };
}

function lose(state: LinkState, id: number): LinkStep {
  if (id !== state.live && id !== state.coming) {
    return { state, effects: [] };
  }
  const left = id === state.live ? { ...state, live: null } : { ...state, coming: null };
  if (left.coming !== null) {
    return { state: left, effects: [] };
  }
  const delayMs = Math.min(linkLimits.mostRetryMs, linkLimits.firstRetryMs * 2 ** state.failures);
  return { state: { ...left, failures: Math.min(state.failures + 1, 8) }, effects: [{ type: "retry-after", delayMs }] };
}

function endOf(id: number | null): readonly LinkEffect[] {
  return id === null ? [] : [{ type: "end", id }];
}
