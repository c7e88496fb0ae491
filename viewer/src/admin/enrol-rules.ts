import { type DeviceInfo, enrolmentLifetimeS } from "@helmcast/config";

/**
 * The page's two clocks, in ms: the monotonic one stands still on most phones while they sleep (MDN, Performance.now(), "Ticking during sleep"), and
 * the wall clock may be set anew meanwhile.
 */
export type Clocks = { readonly monotonicMs: number; readonly wallMs: number };

/** The page's clocks now. */
export function readClocks(): Clocks {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

/** A code that was made, and what is needed to see that it was used. `before`: when a device of this name had enrolled until then. */
export type OpenEnrolment = {
  readonly device: string;
  readonly code: string;
  /** When its answer came. */
  readonly madeAt: Clocks;
  readonly before: string | null;
};

/** Pure: how long the code is still good, in ms, never under 0, by the clock that has gone further. */
export function leftMs({ madeAt }: OpenEnrolment, now: Clocks): number {
  const goneMs = Math.max(0, now.monotonicMs - madeAt.monotonicMs, now.wallMs - madeAt.wallMs);
  return Math.max(0, enrolmentLifetimeS * 1000 - goneMs);
}

/** Pure: minutes and seconds, "9:41". */
export function sayCountdown(spanMs: number): string {
  const seconds = Math.ceil(spanMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Pure: whether the device has enrolled since the code was made. One that was enrolled before has a newer time then. */
export function hasEnrolled(enrolment: OpenEnrolment, devices: readonly DeviceInfo[]): boolean {
  const device = devices.find(({ id }) => id === enrolment.device);
  return device !== undefined && device.enrolledAt !== enrolment.before;
}

/** Pure: whether only the relay's own computer can reach this host name. */
export function isLocalOnly(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}
