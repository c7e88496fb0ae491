import { type Ports, shiftPorts } from "../contract/ports.ts";
import { type RelaySettings, relaySettingsSchema } from "../schema/relay.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { describeKeys, type LoadedValues, type LoadInput, loadValues } from "./load-settings.ts";
import { relayFile, relayKeys } from "./relay-keys.ts";

/**
 * The relay's settings, frozen, or every fault at once. `sources` tells by file key where each value came from: `default`, `--port`,
 * `HELMCAST_PORT` or `port in /path/helmcast.yaml`.
 */
export type RelayLoadResult =
  | { readonly ok: true; readonly settings: RelaySettings; readonly sources: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Loads the relay's settings: flag over environment over file over default. Never throws for what a person wrote. */
export function loadRelaySettings(input: LoadInput): RelayLoadResult {
  const loaded = loadValues(Object.values(relayKeys), relayFile, input);
  const { data, ...values } = Object.fromEntries(loaded.values);
  const { port, portBase } = values;
  const ports = typeof port === "number" && typeof portBase === "number" ? shiftPorts(port, portBase) : null;
  const faults = [...loaded.faults, ...(ports === null ? [] : describeCollisions(ports, loaded)), ...describeBrokerFaults(values)];
  const parsed = relaySettingsSchema.safeParse({ ...values, dataDir: data, ports });
  if (faults.length > 0) {
    return { ok: false, faults };
  }
  if (!parsed.success) {
    return { ok: false, faults: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}.`) };
  }
  return { ok: true, settings: deepFreeze(parsed.data), sources: Object.freeze(Object.fromEntries(loaded.origins)) };
}

/** What `--help` prints. */
export function relayHelp(): string {
  return `Helmcast relay: gateway, engine and broker in one. Opens with a demo camera unless told otherwise.

  npm start
  npm start -- --port 9000 --demo off
  HELMCAST_PORT_BASE=20000 HELMCAST_PORT=28080 npm start     a second copy beside the first

A flag wins over the environment, that over the file, that over the default. The file is ${relayFile.defaultName} in the working folder,
or the one named by ${relayFile.flag} FILE or ${relayFile.env}.

${describeKeys(Object.values(relayKeys))}
`;
}

/** A broker elsewhere needs to be named whole. */
function describeBrokerFaults(values: Readonly<Record<string, unknown>>): string[] {
  const given = (key: string) => typeof values[key] === "string";
  const { emqxUrl, emqxSecretFile, mosquittoUrl, mosquittoCredentialsFile } = relayKeys;
  const missing = values["broker"] === "emqx" ? [emqxUrl, emqxSecretFile].filter(({ file }) => !given(file)) : [];
  return [
    ...missing.map(({ env, help }) => `${relayKeys.broker.env} is emqx; that needs ${env}, for example ${help.example}.`),
    ...(given("mosquittoUrl") && !given("mosquittoCredentialsFile")
      ? [`${mosquittoUrl.env} needs ${mosquittoCredentialsFile.env} beside it, the admin's name and password there.`]
      : []),
  ];
}

/** The gateway's port must not be one of the shifted ones. The fault names the key that the person set. */
function describeCollisions(ports: Ports, loaded: LoadedValues): string[] {
  const { gateway, ...others } = ports;
  return Object.entries(others)
    .filter(([, port]) => port === gateway)
    .map(([name]) => {
      const origin = loaded.origins.get("port") ?? "default";
      const fromBase = origin === "default";
      const key = fromBase ? (loaded.origins.get("portBase") ?? relayKeys.portBase.env) : origin;
      const value = fromBase ? loaded.values.get("portBase") : gateway;
      return `${key} is ${value}; with it the gateway and ${name} would share port ${gateway}. Use another number.`;
    });
}
