import { AppError } from "@helmcast/config";
import createCommand from "fluent-ffmpeg";

/** One run of ffmpeg: one input, one output, raw options around them. */
export type FfmpegPlan = {
  readonly inputOptions: readonly string[];
  readonly inputUrl: string;
  readonly outputOptions: readonly string[];
  readonly outputUrl: string;
};

/** Options of every run: no reading of the terminal, no banner, no statistics but the machine-readable ones on standard output. */
export const commonOptions = ["-hide_banner", "-loglevel", "warning", "-nostats", "-stats_period", "0.5", "-progress", "pipe:1"] as const;

/**
 * Turns a plan into ffmpeg's argument list. This is the only module that knows fluent-ffmpeg. It puts the list together and nothing
 * else: its own way of running first reads `ffmpeg -formats`, which hides lavfi and v4l2 from version 7 on (fluent-ffmpeg#1273), and
 * cannot end a process group. So the list is taken out and runs under the supervisor of the runtime.
 * @throws AppError HC_EDGE_FFMPEG_ARGUMENTS when another fluent-ffmpeg than 2.1 is installed
 */
export function assembleArguments(plan: FfmpegPlan): string[] {
  const command = createCommand();
  command.input(plan.inputUrl);
  addRaw((...options) => command.inputOptions(...options), plan.inputOptions);
  command.output(plan.outputUrl);
  addRaw((...options) => command.outputOptions(...options), plan.outputOptions);
  const take: unknown = Reflect.get(command, "_getArguments");
  const list: unknown = typeof take === "function" ? take.call(command) : null;
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string")) {
    throw new AppError("HC_EDGE_FFMPEG_ARGUMENTS");
  }
  const stdin = plan.inputUrl === "pipe:0" ? [] : ["-nostdin"];
  return [...commonOptions, ...stdin, ...list];
}

/** fluent-ffmpeg splits a lone option at its space; two or more arguments are taken as they are. */
function addRaw(add: (...options: string[]) => unknown, options: readonly string[]): void {
  if (options.length === 1) {
    throw new AppError("HC_EDGE_FFMPEG_ARGUMENTS", { detail: "A lone option would be split at its spaces." });
  }
  if (options.length > 0) {
    add(...options);
  }
}
