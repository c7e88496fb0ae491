import { type Telemetry, telemetrySchema } from "@helmcast/config";
import { parseMessage } from "../link/parse-message.ts";

/** Telemetry older than this says nothing about now, ms: three of the once-a-second messages of a device that rests. */
export const oldTelemetryMs = 3000;

/** The newest telemetry and when it came, monotonic ms. */
export type TelemetryState = { readonly newest: Telemetry; readonly heardAtMs: number } | null;

/** Pure: the state after a message. What is not telemetry, or older than what is known, changes nothing; a restarted device begins anew. */
export function hearTelemetry(state: TelemetryState, text: string, heardAtMs: number): TelemetryState {
  const newest = parseMessage(telemetrySchema, text);
  if (newest === null) {
    return state;
  }
  const late = state !== null && newest.stampMs <= state.newest.stampMs && heardAtMs - state.heardAtMs < oldTelemetryMs;
  return late && state.newest.stampMs - newest.stampMs < oldTelemetryMs ? state : { newest, heardAtMs };
}

/** Pure: what the device says now; null when it has been silent for too long. */
export function readTelemetry(state: TelemetryState, nowMs: number): Telemetry | null {
  return state === null || nowMs - state.heardAtMs > oldTelemetryMs ? null : state.newest;
}
