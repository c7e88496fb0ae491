/** How far the device's clock is ahead of the browser's, in milliseconds, and how wrong that can be either way. */
export type ClockOffset = { readonly offsetMs: number; readonly boundMs: number };

/** One ping and its answer: sent and heard on the browser's clock, received and replied on the device's. */
export type PingSample = {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly repliedAtMs: number;
  readonly heardAtMs: number;
};

/** Samples that are looked at: at one ping every 2 s this is half a minute, in which clocks drift by less than a millisecond. */
export const maxSamples = 16;

/** A round trip over this says nothing useful about a clock. */
const maxRoundTripMs = 2000;

/** Pure: the newest samples with `sample` added. Impossible and very slow ones are left out. */
export function addSample(samples: readonly PingSample[], sample: PingSample): readonly PingSample[] {
  const tripMs = roundTripMs(sample);
  const possible = sample.heardAtMs >= sample.sentAtMs && sample.repliedAtMs >= sample.receivedAtMs && tripMs >= -1;
  return possible && tripMs <= maxRoundTripMs ? [...samples, sample].slice(-maxSamples) : samples;
}

/**
 * Pure: the offset by the sample with the shortest round trip (NTP, RFC 5905, section 10: it has the least queueing in it). The true
 * value is within half that round trip, plus 1 ms because both clocks are read in whole milliseconds. Null without samples.
 */
export function estimateOffset(samples: readonly PingSample[]): ClockOffset | null {
  const best = samples.reduce<PingSample | null>(
    (found, sample) => (found === null || roundTripMs(sample) <= roundTripMs(found) ? sample : found),
    null,
  );
  if (best === null) {
    return null;
  }
  const offsetMs = (best.receivedAtMs - best.sentAtMs + (best.repliedAtMs - best.heardAtMs)) / 2;
  return { offsetMs, boundMs: Math.max(0, roundTripMs(best)) / 2 + 1 };
}

/** Time on the wires, both ways, in milliseconds. */
function roundTripMs(sample: PingSample): number {
  return sample.heardAtMs - sample.sentAtMs - (sample.repliedAtMs - sample.receivedAtMs);
}
