import { describe, expect, it } from "vitest";
import { chooseBroker } from "./choose-broker.ts";

const settings = { broker: "embedded", mosquittoBin: null, mosquittoUrl: null, mosquittoCredentialsFile: null, emqxUrl: null } as const;
const loan = { devices: () => [], random: () => 0, searchPath: "/bin", gatewayToken: () => "t" };

describe("chooseBroker", () => {
  it("takes the embedded one, one of its own, one elsewhere, or EMQX", () => {
    const elsewhere = { mosquittoUrl: "mqtt://m:1883", mosquittoCredentialsFile: "/f" };
    expect(chooseBroker(settings, loan)).toEqual({ kind: "embedded" });
    expect(chooseBroker({ ...settings, ...elsewhere }, loan)).toEqual({ kind: "embedded" });
    expect(chooseBroker({ ...settings, broker: "mosquitto" }, loan)).toMatchObject({
      mosquitto: { run: "own", binary: null, searchPath: "/bin" },
    });
    expect(chooseBroker({ ...settings, broker: "mosquitto", ...elsewhere }, loan)).toMatchObject({
      mosquitto: { run: "elsewhere", url: "mqtt://m:1883", credentialsFile: "/f" },
    });
    expect(chooseBroker({ ...settings, broker: "emqx", emqxUrl: "ws://e" }, loan)).toMatchObject({ kind: "emqx", url: "ws://e" });
  });
});
