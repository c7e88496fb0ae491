import { type DeviceInfo, enrolmentLifetimeS } from "@helmcast/config";

/** A code that was made, and what is needed to see that it was used. `before`: when a device of this name had enrolled until then. */
export type OpenEnrolment = {
  readonly device: string;
  readonly code: string;
  /** When its answer came, on the page's monotonic clock: a phone whose wall clock is wrong still counts down right. */
  readonly madeAtMs: number;
  readonly before: string | null;
};

/** Pure: how long the code is still good, in ms, never under 0. */
export function leftMs(enrolment: OpenEnrolment, nowMs: number): number {
  return Math.max(0, enrolment.madeAtMs + enrolmentLifetimeS * 1000 - nowMs);
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
