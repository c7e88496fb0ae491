/**
 * Every number of the player, with its unit in its name and a word on where it comes from.
 * "Proposal" is section 2 of the viewer's design notes; "measured" is Chromium on loopback against MediaMTX 1.20.
 */
export const limits = Object.freeze({
  /** A WHEP attempt that painted nothing by then has failed (proposal). */
  whepFirstFrameMs: 3000,
  /** LL-HLS starts beside a WHEP attempt that painted nothing by then (proposal), so that the first picture is never late by a whole deadline. */
  prewarmAfterMs: 1200,
  /** LL-HLS needs a playlist, an init and a first key frame: up to one GOP of 1 s on a slow link, with room for one retry. */
  hlsFirstFrameMs: 6000,
  /** No painted frame for this long on WHEP starts LL-HLS beside it: the 3 s budget of a cut leaves no time to wait for certainty. */
  bridgeAfterMs: 600,
  /** A picture that stood this long is frozen, or for {@link freezeIntervals} of its median frame interval when that is longer (proposal). */
  freezeMs: 1000,
  /** See {@link freezeMs}: slow cameras of 2 frames/s must not look frozen (proposal). */
  freezeIntervals: 6,
  /** LL-HLS stalls heal by themselves more often than not; after this long the attempt is replaced. */
  hlsFreezeMs: 3000,
  /** Failures of WHEP are counted over this long (proposal). */
  failureWindowMs: 30_000,
  /** So many failures inside the window end the retries at once; probes take over (proposal). */
  failuresToStepDown: 2,
  /** Waits before each probe of WHEP while LL-HLS plays (proposal). */
  climbDelaysMs: [5000, 10_000, 20_000, 40_000, 60_000],
  /** Waits before each new try of LL-HLS, and of WHEP while nothing plays at all: a restarted engine is back in about 1 s. */
  retryDelaysMs: [500, 1000, 2000, 4000, 5000],
  /** Part of a wait that chance may add or take, so that many viewers do not return in one instant (proposal). */
  jitter: 0.2,
  /** Frames must move this long in the hidden element before a climb is shown (proposal). */
  climbSteadyMs: 2000,
  /** So many climbs that fell again ... (proposal) */
  cyclesToHold: 3,
  /** ... within this long ... (proposal) */
  cycleWindowMs: 300_000,
  /** ... stop the probes for this long (proposal). */
  holdMs: 600_000,
  /** An older picture is refused for this long after a newer one stood; then any moving picture is better than none. */
  noStepBackMs: 5000,
  /** After "no such stream", a new try needs a fresh answer that the camera is online, and not sooner than this. */
  notFoundPauseMs: 1000,
  /** Whoever was kicked is kept out for this long by the gateway. */
  kickedMs: 30_000,
  /** How often the ladder looks at its clock. Bounds the error of every limit above. */
  tickMs: 100,
  /** A WHEP request without an answer is given up: the engine's own handshake limit (MediaMTX contract, section 1.8). */
  whepRequestMs: 10_000,
  /** A failed native player asks its playlist why; longer than this is a lost network. */
  playlistRequestMs: 5000,
  /** A session that could not be renewed is asked for again after this, and no sooner after a renewal that did not help. */
  renewRetryMs: 2000,
  /** The browser's own candidates are sent after the offer, all at once, no later than this: STUN may take seconds. */
  gatherMs: 2000,
});
