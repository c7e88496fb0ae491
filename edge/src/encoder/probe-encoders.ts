import { type Clock, type Log, spawnChild } from "@helmcast/runtime";
import { assembleArguments } from "../ffmpeg/assemble.ts";
import { buildEncoderOptions, type ProbeFact } from "./choose-encoder.ts";
import { type EncodeGoal, type EncoderName, encoderNames } from "./encoder.ts";

/** Longest trial, ms: a wedged hardware encoder blocks for good. */
const maxProbeMs = 5000;

/** What a trial needs. `signal` ends it early, which counts as a no. */
export type ProbeDeps = { readonly ffmpegPath: string; readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal };

/** Tries every hardware encoder that the agent knows, one after another, with one second of moving picture of the wanted size. */
export async function probeEncoders(goal: EncodeGoal, deps: ProbeDeps): Promise<ProbeFact[]> {
  const facts: ProbeFact[] = [];
  for (const name of encoderNames.filter((candidate) => candidate !== "libx264")) {
    facts.push(await probeEncoder(name, goal, deps));
  }
  return facts;
}

/** Runs one encoder for one second of picture; ok when ffmpeg ends well within 5 s. */
export async function probeEncoder(name: EncoderName, goal: EncodeGoal, deps: ProbeDeps): Promise<ProbeFact> {
  const startedMs = deps.clock.monotonicMs();
  let firstLine = "";
  const args = assembleArguments({
    inputOptions: ["-f", "lavfi"],
    inputUrl: `testsrc2=size=${goal.width}x${goal.height}:rate=${goal.fps}`,
    outputOptions: ["-t", "1", ...buildEncoderOptions(name, goal), "-f", "null"],
    outputUrl: "-",
  });
  const child = spawnChild(
    {
      name: `probe ${name}`,
      command: deps.ffmpegPath,
      args,
      stopGraceMs: 500,
      onLine: (line, from) => {
        firstLine ||= from === "stderr" ? line.replace(/^\[[^\]]*\] /, "").slice(0, 200) : "";
      },
    },
    deps,
  );
  let timedOut = false;
  const cancel = deps.clock.after(maxProbeMs, () => {
    timedOut = true;
    void child.stop();
  });
  const abort = () => void child.stop();
  deps.signal.addEventListener("abort", abort);
  if (deps.signal.aborted) {
    abort();
  }
  const exit = await child.exited;
  deps.signal.removeEventListener("abort", abort);
  cancel();
  const tookMs = deps.clock.monotonicMs() - startedMs;
  const detail = timedOut ? `did not end within ${maxProbeMs} ms` : firstLine;
  return { name, ok: exit.code === 0 && !timedOut, tookMs, detail };
}
