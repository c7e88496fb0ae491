/** One point where a publisher's RTCP sender report ties an RTP timestamp to the wall clock (RFC 3550 section 6.4.1). */
export type ReportPoint = { readonly ntpMs: number; readonly timestamp: number };

/** The first packet of a track: its RTP timestamp and when it came. */
export type FirstPacket = { readonly timestamp: number; readonly arrivalMs: number };

/** Widest believable gap between the arrival clock's answer and the sender reports', ms; beyond it the reports are nonsense. */
const maxDisagreementMs = 10_000;

/**
 * How much later than the first picture the first sound was made, ms. Sender reports on both tracks say it exactly; without them the
 * times of arrival are the best guess.
 */
export function audioOffsetMs(
  video: { readonly first: FirstPacket; readonly report: ReportPoint | null },
  audio: { readonly first: FirstPacket; readonly report: ReportPoint | null },
): number {
  const byArrival = audio.first.arrivalMs - video.first.arrivalMs;
  if (video.report === null || audio.report === null) {
    return byArrival;
  }
  const videoMs = video.report.ntpMs + ((video.first.timestamp - video.report.timestamp) | 0) / 90;
  const audioMs = audio.report.ntpMs + ((audio.first.timestamp - audio.report.timestamp) | 0) / 48;
  const byReport = audioMs - videoMs;
  return Math.abs(byReport - byArrival) > maxDisagreementMs ? byArrival : byReport;
}
