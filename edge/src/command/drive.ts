import type { DriveSettings } from "@helmcast/config/load";
import type { Clock, Log, Service } from "@helmcast/runtime";
import { MotorProcess } from "../motors/motor-process.ts";
import { Watchdog } from "../watchdog/watchdog.ts";
import { acceptCommand, type CommandMemory, type CommandRules, defaultCommandRules, initialMemory } from "./accept-command.ts";
import type { LinkMessage } from "./mqtt-link.ts";
import { parseJsonBounded } from "./parse-json.ts";

/** What driving needs. */
export type DriveOptions = { readonly settings: DriveSettings; readonly clock: Clock; readonly random: () => number; readonly log: Log };

/** Refusals are written to the log at most this often, ms: good and bad commands in turn would fill it. */
const minRefusalGapMs = 1000;

/** From a message to the motors: accept, watch, apply. */
export class Drive implements Service {
  readonly name = "drive";
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #rules: CommandRules;
  readonly #motors: MotorProcess;
  readonly #watchdog: Watchdog;
  #memory: CommandMemory = initialMemory;
  #lastRefusal = "";
  #refusalSaidAtMs = Number.NEGATIVE_INFINITY;

  /** @param options settings, clock, random, log */
  constructor(options: DriveOptions) {
    const { settings, clock, random } = options;
    this.#log = options.log.child({ part: "drive" });
    this.#clock = clock;
    this.#rules = { ...defaultCommandRules, acceptBare: settings.acceptBare, maxThrottle: settings.maxThrottle };
    this.#watchdog = new Watchdog({ clock, log: this.#log, apply: (output) => this.#motors.apply(output) });
    this.#motors = new MotorProcess({
      ...{ logFile: settings.logFile ?? null, clock, random, log: this.#log },
      onLost: () => this.#watchdog.fault("motors-lost"),
    });
  }

  /** Starts the motor process. Commands move nothing before that. */
  start(): Promise<void> {
    return this.#motors.start();
  }

  /** Neutral first, then the end of the motor process. */
  stop(): Promise<void> {
    this.#watchdog.close();
    return this.#motors.stop();
  }

  /** Takes a message from `cmd` or `estop`. Any message on `estop` stops, readable or not: stopping is always safe. */
  takeMessage(message: LinkMessage): void {
    if (message.channel === "estop") {
      this.#watchdog.pressStop();
    } else if (message.channel === "cmd") {
      this.#takeCommand(message);
    }
  }

  /** The link came up or went down; down is neutral at once. */
  takeLink(up: boolean): void {
    if (!up) {
      this.#watchdog.fault("link-down");
    }
  }

  #takeCommand(message: LinkMessage): void {
    const atMs = this.#clock.monotonicMs();
    const { memory, result } = acceptCommand(
      this.#memory,
      { json: parseJsonBounded(message.payload), retained: message.retained, atMs },
      this.#rules,
    );
    this.#memory = memory;
    if (result.ok) {
      this.#lastRefusal = "";
      this.#watchdog.command(result.command, result.clearsStop);
    } else if (result.reason !== this.#lastRefusal && atMs - this.#refusalSaidAtMs >= minRefusalGapMs) {
      this.#lastRefusal = result.reason;
      this.#refusalSaidAtMs = atMs;
      this.#log.warn({ reason: result.reason }, "drive commands are refused");
    }
  }
}
