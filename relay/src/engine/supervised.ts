import { fileURLToPath } from "node:url";
import { AppError } from "@helmcast/config";
import { type ChildSpec, type Clock, type Log, Supervisor } from "@helmcast/runtime";
import type { EngineChoice } from "./find/choose-engine.ts";
import { readEngineLine } from "./log-line.ts";

/** Waits of the engine's supervision, in ms. */
export const engineTimes = {
  /** MediaMTX is ready in 50 ms; a Raspberry Pi with a cold SD card takes a few seconds. */
  readyMs: 15_000,
  probeEveryMs: 50,
  firstBackoffMs: 200,
  maxBackoffMs: 5_000,
  /** An engine that ran this long is taken to be well again. */
  resetAfterMs: 30_000,
  stopGraceMs: 3_000,
} as const;

/** Deaths before the very first ready after which the start is given up: settings that it does not take, or a library that is missing. */
const maxFirstFailures = 3;

/** What the supervision needs. */
export type SupervisedOptions = {
  readonly choice: EngineChoice;
  /** Path of `mediamtx.yml`. */
  readonly configFile: string;
  /** Texts that are taken out of the engine's log lines. */
  readonly secrets: readonly string[];
  /** True when the engine's API answers to this run's credentials. */
  readonly probe: () => Promise<boolean>;
  /** After each start of the engine, the first one too. */
  readonly onReady: () => void | Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** How to run the engine: the MediaMTX binary, or the embedded relay on this very Node. Both take the settings file as their one argument. */
export function engineCommand(choice: EngineChoice, configFile: string, execPath: string): Pick<ChildSpec, "command" | "args"> {
  if (choice.kind === "mediamtx") {
    return { command: choice.path, args: [configFile] };
  }
  // Beside sources lies main.ts, which Node runs as it is; beside built files lies main.js.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return { command: execPath, args: [fileURLToPath(new URL(`../embedded/main.${extension}`, import.meta.url)), configFile] };
}

/** The engine's process: started, watched, restarted when it dies, its log lines passed on at their own levels. */
export class SupervisedEngine {
  readonly #supervisor: Supervisor;
  #lastFault: string | null = null;
  #firstFailures = 0;
  #wasReady = false;

  /** @param options see {@link SupervisedOptions} */
  constructor(options: SupervisedOptions) {
    const { choice, clock, random, log } = options;
    const spec: ChildSpec = {
      name: "engine",
      ...engineCommand(choice, options.configFile, process.execPath),
      stopGraceMs: engineTimes.stopGraceMs,
      onLine: (line, from) => this.#passOn(line, from, options),
    };
    this.#supervisor = new Supervisor({
      name: "engine",
      spec: () => spec,
      ready: { kind: "probe", probe: options.probe, everyMs: engineTimes.probeEveryMs },
      readyTimeoutMs: engineTimes.readyMs,
      backoff: {
        firstMs: engineTimes.firstBackoffMs,
        maxMs: engineTimes.maxBackoffMs,
        factor: 2,
        jitter: 0.2,
        resetAfterMs: engineTimes.resetAfterMs,
      },
      clock,
      random,
      log,
      onReady: () => {
        this.#wasReady = true;
        return options.onReady();
      },
      onDied: () => this.#giveUpEarly(),
    });
  }

  /**
   * Starts the engine and waits until it is ready.
   * @throws AppError HC_ENGINE_START with the engine's own last words when it dies three times before that
   */
  async start(): Promise<void> {
    try {
      await this.#supervisor.start();
    } catch (error) {
      const detail = this.#lastFault === null ? "It ended, or did not answer its API, without a word." : `It said: ${this.#lastFault}`;
      throw new AppError("HC_ENGINE_START", { detail, cause: error });
    }
  }

  /** Ends the engine; no other follows. */
  stop(): Promise<void> {
    return this.#supervisor.stop();
  }

  #giveUpEarly(): void {
    this.#firstFailures += this.#wasReady ? 0 : 1;
    if (!this.#wasReady && this.#firstFailures >= maxFirstFailures) {
      // Not from within the supervisor's own step, which still has a wait to plan.
      queueMicrotask(() => void this.#supervisor.stop());
    }
  }

  #passOn(line: string, from: "stdout" | "stderr", options: SupervisedOptions): void {
    const { level, text } = readEngineLine(line, from, options.secrets);
    if (level === "error" || (level === "warn" && from === "stderr")) {
      this.#lastFault = text;
    }
    options.log[level](text);
  }
}
