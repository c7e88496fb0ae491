import { type EncodeGoal, type EncoderName, encoderNames } from "./encoder.ts";
import { buildV4l2m2m } from "./v4l2m2m.ts";
import { buildX264 } from "./x264.ts";

/** What a trial run of one encoder showed. */
export type ProbeFact = {
  readonly name: EncoderName;
  readonly ok: boolean;
  /** How long the trial took, ms. */
  readonly tookMs: number;
  /** The first complaint of a failed trial, which names the cause; for the log. */
  readonly detail: string;
};

/** The encoder to use, and why. */
export type EncoderChoice = { readonly name: EncoderName; readonly why: string };

/**
 * The first encoder, in the order of {@link encoderNames}, whose trial run succeeded. libx264 needs no trial: it is the last resort, and
 * when even that fails the publisher says so in its own words. Only a real run counts, because ffmpeg lists encoders that cannot open.
 */
export function chooseEncoder(facts: readonly ProbeFact[]): EncoderChoice {
  const best = encoderNames.map((name) => facts.find((fact) => fact.name === name && fact.ok)).find((fact) => fact !== undefined);
  if (best !== undefined) {
    return { name: best.name, why: `its trial run succeeded in ${Math.round(best.tookMs)} ms` };
  }
  const failed = facts.map((fact) => `${fact.name}: ${fact.detail}`).join("; ");
  return { name: "libx264", why: failed === "" ? "no hardware encoder is known here" : `no hardware encoder works (${failed})` };
}

/** Options of the named encoder. */
export function buildEncoderOptions(name: EncoderName, goal: EncodeGoal): string[] {
  return name === "h264_v4l2m2m" ? buildV4l2m2m(goal) : buildX264(goal);
}
