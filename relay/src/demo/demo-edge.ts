import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@helmcast/config";
import { loadEdgeSettings } from "@helmcast/config/load";
import { type Clock, type Log, type Service, Supervisor, withoutSecrets } from "@helmcast/runtime";
import { hashSecret, makeSecret } from "../auth/secrets.ts";
import { readEngineLine } from "../engine/log-line.ts";
import type { EnrolDevice } from "../enrol/enrol-device.ts";
import type { Devices } from "../state/devices.ts";
import { writeDemoConfig } from "./demo-config.ts";

/** How long the agent's process may take to start, in ms; its cameras come later. */
const readyTimeoutMs = 10_000;

/** Who enrols the demo's device, in the record. A space is in no account name, so nobody can be called this. */
const thisRelay = { name: "this relay", address: null };

/** What the demo edge agent is made of. */
export type DemoParts = {
  readonly dataDir: string;
  readonly site: string;
  /** Settings file to use in place of the demo's own. */
  readonly configFile: string | null;
  /** The gateway's address on this machine. */
  readonly relayUrl: () => string;
  /** The edge agent's main file. */
  readonly edgeMain: string;
  /** This process's environment, which the agent gets without its secrets and with two additions. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly devices: Pick<Devices, "get">;
  readonly enrol: EnrolDevice;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/**
 * The edge agent that runs beside the relay for trying out: enrolled at the start, its secret in a file of mode 0600, supervised like any child.
 * Starting does not wait for its pictures: the relay is of use without it.
 * @throws AppError HC_SETTING_INVALID from `start()` when the settings file named by the person is wrong
 */
export function createDemoEdge(parts: DemoParts): Service {
  const { clock, random, log } = parts;
  let supervisor: Supervisor | null = null;
  return {
    name: "demo edge agent",
    async start() {
      const folder = join(parts.dataDir, "demo");
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const configFile = parts.configFile ?? join(folder, "edge.yaml");
      if (parts.configFile === null) {
        writeFileSync(configFile, writeDemoConfig(parts.site), { mode: 0o600 });
      }
      const secretFile = join(folder, "device.secret");
      const env = { ...withoutSecrets(parts.env), HELMCAST_EDGE_RELAY_URL: parts.relayUrl(), HELMCAST_EDGE_SECRET_FILE: secretFile };
      enrol(parts, readDevice(configFile, env, parts.dataDir), secretFile);
      supervisor = new Supervisor({
        name: "demo edge agent",
        spec: () => ({
          name: "demo edge agent",
          command: process.execPath,
          args: [parts.edgeMain, "--config", configFile],
          env,
          // The agent ends its own children first, each with two seconds of grace.
          stopGraceMs: 5000,
          onLine(line, from) {
            const { level, text } = readEngineLine(line, from, []);
            log[level](text);
          },
        }),
        ready: { kind: "spawned" },
        readyTimeoutMs,
        backoff: { firstMs: 500, maxMs: 10_000, factor: 2, jitter: 0.2, resetAfterMs: 30_000 },
        clock,
        random,
        log,
      });
      await supervisor.start();
    },
    async stop() {
      await supervisor?.stop();
    },
  };
}

function readDevice(configFile: string, env: Readonly<Record<string, string>>, cwd: string): string {
  const loaded = loadEdgeSettings({ argv: ["--config", configFile], env, cwd });
  if (!loaded.ok) {
    throw new AppError("HC_SETTING_INVALID", { detail: `HELMCAST_DEMO_CONFIG=${configFile}: ${loaded.faults.join("; ")}` });
  }
  return loaded.settings.device;
}

/** Enrols the device unless the secret in the file is the one that is enrolled already: a token in use stays good over a restart. */
function enrol(parts: DemoParts, device: string, secretFile: string): void {
  const kept = existsSync(secretFile) ? readFileSync(secretFile, "utf8").trim() : "";
  const secretHash = kept === "" ? null : hashSecret(kept);
  if (secretHash !== null && parts.devices.get(device)?.secretHash === secretHash) {
    return;
  }
  const secret = makeSecret();
  // Written before it counts: a crash in between only makes the next start enrol once more.
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
  parts.enrol(device, secret, thisRelay);
}
