import type { RelaySettings } from "@helmcast/config/load";
import type { BrokerChoice } from "./broker.ts";

/** The settings that say which broker. */
type BrokerSettings = Pick<RelaySettings, "broker" | "mosquittoBin" | "mosquittoUrl" | "mosquittoCredentialsFile" | "emqxUrl">;

/** What the gateway lends a broker outside its process. */
export type BrokerLoan = {
  /** Ids of all enrolled devices. */
  readonly devices: () => readonly string[];
  readonly random: () => number;
  /** Where a mosquitto is looked for, written like PATH. */
  readonly searchPath: string;
  /** A fresh token of the gateway's own, for EMQX. */
  readonly gatewayToken: () => string;
};

/** Reads the choice off the settings. Those have been checked: what a kind needs is there. */
export function chooseBroker(settings: BrokerSettings, loan: BrokerLoan): BrokerChoice {
  const { broker, mosquittoBin: binary, mosquittoUrl: url, mosquittoCredentialsFile: credentialsFile, emqxUrl } = settings;
  const { devices, random, searchPath, gatewayToken } = loan;
  if (broker === "emqx" && emqxUrl !== null) {
    return { kind: "emqx", url: emqxUrl, gatewayToken };
  }
  if (broker !== "mosquitto") {
    return { kind: "embedded" };
  }
  const isElsewhere = url !== null && credentialsFile !== null;
  const mosquitto = isElsewhere ? ({ run: "elsewhere", url, credentialsFile } as const) : ({ run: "own", binary, searchPath } as const);
  return { kind: "mosquitto", mosquitto, devices, random };
}
