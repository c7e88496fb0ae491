import type { RelaySettings } from "@helmcast/config/load";
import type { BrokerChoice } from "./broker.ts";
import { readEmqxSecret } from "./emqx/emqx-tokens.ts";

/** The settings that say which broker. */
type BrokerSettings = Pick<
  RelaySettings,
  "broker" | "mosquittoBin" | "mosquittoUrl" | "mosquittoCredentialsFile" | "emqxUrl" | "emqxSecretFile"
>;

/** What the gateway lends a broker outside its process. */
export type BrokerLoan = {
  /** Ids of all enrolled devices. */
  readonly devices: () => readonly string[];
  readonly random: () => number;
  /** Where a mosquitto is looked for, written like PATH. */
  readonly searchPath: string;
};

/** Reads the choice off the settings. Those have been checked: what a kind needs is there. @throws AppError HC_SETTING_INVALID for a secret that is too short */
export function chooseBroker(settings: BrokerSettings, loan: BrokerLoan): BrokerChoice {
  const { broker, mosquittoBin: binary, mosquittoUrl: url, mosquittoCredentialsFile: credentialsFile, emqxUrl, emqxSecretFile } = settings;
  const { devices, random, searchPath } = loan;
  if (broker === "emqx" && emqxUrl !== null && emqxSecretFile !== null) {
    return { kind: "emqx", url: emqxUrl, secret: readEmqxSecret(emqxSecretFile), devices };
  }
  if (broker !== "mosquitto") {
    return { kind: "embedded" };
  }
  const isElsewhere = url !== null && credentialsFile !== null;
  const mosquitto = isElsewhere ? ({ run: "elsewhere", url, credentialsFile } as const) : ({ run: "own", binary, searchPath } as const);
  return { kind: "mosquitto", mosquitto, devices, random };
}
