import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chooseBroker } from "./choose-broker.ts";

const settings = {
  broker: "embedded",
  mosquittoBin: null,
  mosquittoUrl: null,
  mosquittoCredentialsFile: null,
  emqxUrl: null,
  emqxSecretFile: null,
} as const;
const loan = { devices: () => [], random: () => 0, searchPath: "/bin" };
const folder = mkdtempSync(join(tmpdir(), "helmcast-choose-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
  });

  it("reads the secret that it shares with EMQX, and takes none that can be guessed", () => {
    const emqxSecretFile = join(folder, "secret");
    const emqx = { ...settings, broker: "emqx", emqxUrl: "ws://e", emqxSecretFile } as const;
    writeFileSync(emqxSecretFile, `${"s".repeat(32)}\n# of the relay\n`);
    expect(chooseBroker(emqx, loan)).toMatchObject({ kind: "emqx", url: "ws://e", secret: Buffer.from("s".repeat(32)) });
    writeFileSync(emqxSecretFile, "short\n");
    expect(() => chooseBroker(emqx, loan)).toThrow(expect.objectContaining({ code: "HC_SETTING_INVALID" }));
  });
});
