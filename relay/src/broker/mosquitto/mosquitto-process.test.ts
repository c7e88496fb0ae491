import { silentLog, systemClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { brokerKinds } from "../rig/broker-kinds.ts";
import { startBrokerWorld } from "../rig/broker-world.ts";
import { createMosquittoProcess, findMosquitto, writeConfig, writeState } from "./mosquitto-process.ts";

describe("writeConfig", () => {
  it("opens one socket, keeps nothing and knows nobody but the plugin", () => {
    const config = writeConfig({ socketPath: "/s", plugin: "/p.so", stateFile: "/f", user: null });
    expect(config.split("\n").filter((line) => line.startsWith("listener"))).toEqual(["listener 0 /s"]);
    expect(config).toContain("allow_anonymous false\nplugin /p.so\nplugin_opt_config_file /f\npersistence false\n");
    expect(config).not.toContain("user ");
  });
});

describe("writeState", () => {
  it("has no password in it, and denies what no role gives", () => {
    const text = writeState({ username: "admin", password: Buffer.from("plain-secret") });
    expect(text).not.toContain("plain-secret");
    const state = JSON.parse(text) as { defaultACLAccess: Record<string, boolean>; roles: Array<{ acls: Array<{ topic: string }> }> };
    expect(state.defaultACLAccess).toEqual({ publishClientSend: false, publishClientReceive: false, subscribe: false, unsubscribe: true });
    expect(new Set(state.roles.flatMap(({ acls }) => acls.map(({ topic }) => topic)))).toEqual(new Set(["$CONTROL/dynamic-security/#"]));
  });
});

describe.skipIf(!brokerKinds().includes("mosquitto"))("the program", () => {
  it("is found where only root looks", () => {
    expect(findMosquitto("")).toMatch(/\/mosquitto$/);
  });

  it("that can't run is said within the limit, and nothing stays behind", async () => {
    const broken = startBrokerWorld("mosquitto", { run: "own", binary: "/bin/false", searchPath: "" });
    await expect(broken).rejects.toMatchObject({ code: "HC_GATEWAY_BROKER_AWAY" });
  });

  it("starts nothing before it is told to", async () => {
    const deps = { clock: systemClock, random: Math.random, log: silentLog() };
    const program = createMosquittoProcess({ binary: null, searchPath: "" }, deps);
    expect(program.pid()).toBeNull();
    await program.stop();
  });
});
