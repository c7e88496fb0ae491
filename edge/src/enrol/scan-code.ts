import { AppError, readEnrolmentLink } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import type { CameraInput } from "../camera/camera.ts";
import { findQrText } from "./find-code.ts";
import { openFrames } from "./scan-frames.ts";

/** How long the camera is looked through, ms, and how often the person hears that it goes on. */
const scanMs = 60_000;
const sayEveryMs = 5000;

/** What scanning works with. `limitMs`: shorter in tests. */
export type ScanDeps = {
  readonly ffmpegPath: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly limitMs?: number;
};

/**
 * Looks through a camera until it sees an enrolment's QR code, a minute at most.
 * @throws AppError HC_EDGE_SCAN_NOTHING, HC_EDGE_SCAN_CAMERA (with ffmpeg's own words) or HC_EDGE_STOPPED
 */
export async function scanCode(input: CameraInput, deps: ScanDeps): Promise<{ readonly relayUrl: string; readonly code: string }> {
  const { clock, say, signal, limitMs = scanMs } = deps;
  const endMs = clock.monotonicMs() + limitMs;
  const frames = openFrames(input, deps);
  const end = () => void frames.stop();
  const cancelEnd = clock.after(limitMs, end);
  signal.addEventListener("abort", end, { once: true });
  say(`Show the QR code to the camera now. It is looked for ${Math.round(limitMs / 1000)} s.`);
  const progress = createProgress(frames.count, endMs, deps);
  let otherSeen = false;
  try {
    for (let frame = await frames.next(); frame !== null && clock.monotonicMs() < endMs; frame = await frames.next()) {
      const text = findQrText(frame);
      const link = text === null ? null : readEnrolmentLink(text);
      if (link !== null) {
        return link;
      }
      if (text !== null && !otherSeen) {
        otherSeen = true;
        say("A QR code is in the picture, but it is not one of Helmcast's enrolment.");
      }
      // A look keeps this thread busy; the next picture and Ctrl-C come in between.
      await new Promise<void>((done) => void setImmediate(done));
    }
    throw describeEnd(frames.count(), clock.monotonicMs() >= endMs, frames.lastLine(), signal);
  } finally {
    progress.stop();
    cancelEnd();
    signal.removeEventListener("abort", end);
    await frames.stop();
  }
}

function createProgress(count: () => number, endMs: number, { clock, say }: ScanDeps): { stop(): void } {
  let cancel: () => void = () => undefined;
  const plan = () => {
    cancel = clock.after(sayEveryMs, () => {
      const leftS = Math.max(0, Math.round((endMs - clock.monotonicMs()) / 1000));
      say(count() === 0 ? `No picture comes yet; ${leftS} s left.` : `Looked at ${count()} pictures; ${leftS} s left.`);
      plan();
    });
  };
  plan();
  return { stop: () => cancel() };
}

function describeEnd(count: number, timeIsOver: boolean, lastLine: string, signal: AbortSignal): AppError {
  if (signal.aborted) {
    return new AppError("HC_EDGE_STOPPED");
  }
  if (timeIsOver && count > 0) {
    return new AppError("HC_EDGE_SCAN_NOTHING", { detail: `${count} pictures were looked at.` });
  }
  return new AppError("HC_EDGE_SCAN_CAMERA", lastLine === "" ? {} : { detail: `ffmpeg says: ${lastLine}` });
}
