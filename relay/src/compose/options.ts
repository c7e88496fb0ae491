import type { RelaySettings } from "@helmcast/config/load";
import type { Clock, Log } from "@helmcast/runtime";
import type { PasswordCost } from "../auth/password.ts";
import type { Engine, EngineOptions } from "../engine/engine.ts";

/** What a gateway is made of. */
export type GatewayOptions = {
  readonly settings: RelaySettings;
  /** Folder of the built viewer, and the edge agent's main file for the demo. */
  readonly viewerDir: string;
  readonly edgeMain: string;
  /** This process's environment, handed to children. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Writes a line for the person who started it. */
  readonly say: (line: string) => void;
  /** Tests put a fake in. */
  readonly makeEngine?: (options: EngineOptions) => Engine;
  readonly passwordCost?: PasswordCost;
};
