/**
 * Numbers of driving that both ends keep to. Sources: design anchors of the edge, sections 3 and 6 (P2, P9), and of the viewer, section 4.
 * The watchdog's own limits are the agent's alone and stand there.
 */
export const driveLimits = Object.freeze({
  /** Commands per second while a driver's hand is on the controls; and while it rests, to stay armed. */
  activeHz: 20,
  restingHz: 5,
  /** Oldest echo of the device's stamp in a command, ms: picture and command delay together. */
  maxLoopMs: 600,
  /** Up to this picture age, ms, full throttle; then scaled down to {@link slowestShare} at the second; beyond it, or unknown: stop. */
  fullAgeMs: 300,
  stopAgeMs: 600,
  slowestShare: 0.3,
  /** Oldest picture by which the agent lets a driver accelerate, ms: a little over the viewer's own limit, which acts first. */
  maxFrameAgeMs: 700,
  /** A lease ends this long after its last renewal, is renewed this often, and an ask to take over waits this long for an answer; ms. */
  leaseMs: 3000,
  renewEveryMs: 1000,
  askMs: 10_000,
  /** Speed slider: start, least and most, as shares of the device's own limit. */
  startSpeed: 0.3,
  leastSpeed: 0.1,
  mostSpeed: 1,
  /** Telemetry per second while somebody drives, and while nobody does. */
  telemetryHz: 20,
  restingTelemetryHz: 1,
});
