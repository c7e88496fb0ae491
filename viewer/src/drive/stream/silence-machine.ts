/**
 * After how much silence of a device that should speak the link is doubted, ms: three of the once-a-second messages of one that rests, sixty of one
 * that is driven. And the first and the longest wait before the next doubt: a connection may take five seconds to come about.
 */
export const silenceLimits = Object.freeze({ doubtMs: 3000, againMs: 6000, mostAgainMs: 30_000 });

/** How often the link was renewed in this silence, and when last, monotonic ms. */
export type SilenceState = { readonly tries: number; readonly triedAtMs: number };

/** What holds now. `isExpected`: something should be heard, and somebody waits for it. */
export type SilenceFacts = { readonly nowMs: number; readonly heardAtMs: number; readonly isExpected: boolean };

/** Nothing to doubt. */
export const noSilence: SilenceState = { tries: 0, triedAtMs: 0 };

/** Pure: the state after a look, and whether the link shall be renewed now. A word of the device ends the silence. */
export function stepSilence(state: SilenceState, facts: SilenceFacts): { readonly state: SilenceState; readonly renew: boolean } {
  const { nowMs, heardAtMs, isExpected } = facts;
  if (!isExpected || nowMs - heardAtMs < silenceLimits.doubtMs) {
    return { state: noSilence, renew: false };
  }
  const waitMs = Math.min(silenceLimits.mostAgainMs, silenceLimits.againMs * 2 ** Math.max(0, state.tries - 1));
  if (state.tries > 0 && nowMs - state.triedAtMs < waitMs) {
    return { state, renew: false };
  }
  return { state: { tries: Math.min(state.tries + 1, 8), triedAtMs: nowMs }, renew: true };
}
