import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RelaySettings } from "../schema/relay.ts";
import { loadRelaySettings, relayHelp } from "./relay.ts";
import { relayKeys } from "./relay-keys.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-load-"));
  mkdirSync(join(folder, "with-file"));
  writeFileSync(
    join(folder, "with-file", "helmcast.yaml"),
    "port: 9001\ndata: state\npublicHosts: [a.example, 203.0.113.7]\ndemo: false\n",
  );
  writeFileSync(join(folder, "cameras.yaml"), "cameras: []\n");
  writeFileSync(join(folder, "program"), "#!/bin/sh\n");
  chmodSync(join(folder, "program"), 0o755);
  writeFileSync(join(folder, "secret"), "long enough, long enough\n", { mode: 0o600 });
  writeFileSync(join(folder, "open-secret"), "long enough, long enough\n", { mode: 0o644 });
  symlinkSync("circle", join(folder, "circle"));
  writeFileSync(join(folder, "ice.yaml"), "- url: turn:turn.example:3478\n  secret: shared\n", { mode: 0o600 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Given = { argv?: readonly string[]; env?: Record<string, string>; cwd?: string };

function load({ argv = [], env = {}, cwd = folder }: Given): RelaySettings {
  const loaded = loadRelaySettings({ argv, env, cwd });
  if (!loaded.ok) {
    throw new Error(loaded.faults.join("\n"));
  }
  return loaded.settings;
}

function faults({ argv = [], env = {}, cwd = folder }: Given): readonly string[] {
  const loaded = loadRelaySettings({ argv, env, cwd });
  return loaded.ok ? [] : loaded.faults;
}

describe("loadRelaySettings", () => {
  it("has a default for everything", () => {
    expect(load({})).toMatchObject({
      dataDir: join(folder, ".helmcast"),
      host: "0.0.0.0",
      port: 8080,
      portBase: 0,
      adminPassword: null,
      adminPasswordFile: null,
      engine: "auto",
      mediamtxBin: null,
      broker: "embedded",
      mosquittoBin: null,
      mosquittoUrl: null,
      mosquittoCredentialsFile: null,
      emqxUrl: null,
      emqxSecretFile: null,
      demo: true,
      publicHosts: [],
      trustedProxies: ["loopback"],
      iceServers: [],
      metricsTokenFile: null,
      site: "demo",
      logLevel: "info",
      ports: { gateway: 8080, rtsp: 8554, mqtt: 1883 },
    });
  });

  it("takes a broker elsewhere only with all that reaches it", () => {
    expect(load({ env: { HELMCAST_BROKER: "mosquitto" } })).toMatchObject({ broker: "mosquitto", mosquittoUrl: null });
    const emqx = { HELMCAST_BROKER: "emqx", HELMCAST_EMQX_URL: "ws://emqx:8083/mqtt" };
    expect(load({ env: { ...emqx, HELMCAST_EMQX_SECRET_FILE: "secret" } })).toMatchObject({
      emqxUrl: "ws://emqx:8083/mqtt",
      emqxSecretFile: join(folder, "secret"),
    });
    expect(faults({ env: emqx })).toEqual([expect.stringMatching(/HELMCAST_EMQX_SECRET_FILE/)]);
    expect(faults({ env: { HELMCAST_BROKER: "emqx" } })).toEqual([
      expect.stringMatching(/HELMCAST_EMQX_URL/),
      expect.stringMatching(/HELMCAST_EMQX_SECRET_FILE/),
    ]);
    const url = { HELMCAST_BROKER: "mosquitto", HELMCAST_MOSQUITTO_URL: "mqtt://mosquitto:1883" };
    expect(faults({ env: url })).toEqual([expect.stringMatching(/HELMCAST_MOSQUITTO_CREDENTIALS_FILE/)]);
    const named = { ...url, HELMCAST_MOSQUITTO_CREDENTIALS_FILE: "secret" };
    expect(load({ env: named })).toMatchObject({ mosquittoCredentialsFile: join(folder, "secret") });
    expect(faults({ env: { HELMCAST_BROKER: "rabbit", HELMCAST_EMQX_URL: "http://emqx" } })).toHaveLength(2);
  });

  it("takes a flag over the environment over the file over the default, and says which", () => {
    const cwd = join(folder, "with-file");
    expect(load({ cwd })).toMatchObject({
      port: 9001,
      dataDir: join(cwd, "state"),
      publicHosts: ["a.example", "203.0.113.7"],
      demo: false,
    });
    expect(load({ cwd, env: { HELMCAST_PORT: "9002" } }).port).toBe(9002);
    expect(load({ cwd, env: { HELMCAST_PORT: "9002" }, argv: ["--port=9003"] }).port).toBe(9003);
    const loaded = loadRelaySettings({ cwd, env: { HELMCAST_SITE: "s" }, argv: ["--demo", "on"] });
    expect(loaded).toMatchObject({
      sources: { port: `port in ${join(cwd, "helmcast.yaml")}`, site: "HELMCAST_SITE", demo: "--demo", engine: "default" },
    });
  });

  it("reads every key from its flag and from its environment variable", () => {
    const examples: Record<string, string> = {
      data: "/var/lib/helmcast",
      port: "9000",
      portBase: "20000",
      host: "::1",
      adminPassword: "long enough",
      adminPasswordFile: "secret",
      engine: "embedded",
      mediamtxBin: "program",
      mediamtxMirror: "https://mirror.example/x",
      broker: "emqx",
      mosquittoBin: "program",
      mosquittoUrl: "mqtt://mosquitto:1883",
      mosquittoCredentialsFile: "secret",
      emqxUrl: "ws://emqx:8083/mqtt",
      emqxSecretFile: "secret",
      demo: "off",
      demoConfig: "cameras.yaml",
      publicHosts: "a.example, 203.0.113.7,",
      trustedProxies: "loopback, 10.0.0.0/8, 2001:db8::1",
      iceServers: "ice.yaml",
      metricsTokenFile: "secret",
      site: "workshop",
      logLevel: "debug",
    };
    const keys = Object.values(relayKeys);
    const byEnv = load({ env: Object.fromEntries(keys.map((key) => [key.env, examples[key.file] ?? ""])) });
    const flagged = keys.filter((key) => key.flag !== null);
    const byFlag = load({
      argv: flagged.flatMap((key) => [key.flag ?? "", examples[key.file] ?? ""]),
      env: { HELMCAST_ADMIN_PASSWORD: "long enough", HELMCAST_ICE_SERVERS_FILE: "ice.yaml" },
    });
    expect(byEnv).toEqual(byFlag);
    expect(byEnv).toMatchObject({
      dataDir: "/var/lib/helmcast",
      port: 9000,
      portBase: 20_000,
      ports: { gateway: 9000, rtsp: 28_554, mqtt: 21_883 },
      host: "::1",
      adminPassword: "long enough",
      engine: "embedded",
      mediamtxBin: join(folder, "program"),
      mediamtxMirror: "https://mirror.example/x",
      demo: false,
      demoConfig: join(folder, "cameras.yaml"),
      publicHosts: ["a.example", "203.0.113.7"],
      adminPasswordFile: join(folder, "secret"),
      trustedProxies: ["loopback", "10.0.0.0/8", "2001:db8::1"],
      iceServers: [{ url: "turn:turn.example:3478", secret: "shared" }],
      metricsTokenFile: join(folder, "secret"),
      site: "workshop",
      logLevel: "debug",
    });
  });

  it("reads ICE servers and proxies from the file", () => {
    const iceServers = [
      { url: "stun:[2001:db8::1]:3478" },
      { url: "turns:turn.example:5349?transport=tcp", username: "u", credential: "c" },
    ];
    writeFileSync(join(folder, "ice-ok.yaml"), JSON.stringify({ iceServers, trustedProxies: [] }));
    expect(load({ argv: ["--config", "ice-ok.yaml"] })).toMatchObject({ iceServers, trustedProxies: [] });
    expect(load({ argv: ["--config", "ice-ok.yaml", "--trusted-proxies", "none"] }).trustedProxies).toEqual([]);
  });

  it("takes an empty variable for an unset one", () => {
    const empty = Object.fromEntries(Object.values(relayKeys).map((key) => [key.env, ""]));
    expect(load({ env: { ...empty, HELMCAST_CONFIG: "" } })).toEqual(load({}));
  });

  it("freezes the whole result", () => {
    const settings = load({});
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.ports)).toBe(true);
    expect(Object.isFrozen(settings.publicHosts)).toBe(true);
  });

  it("leaves --help to the main file", () => {
    expect(faults({ argv: ["--help"] })).toEqual([]);
  });
});

describe("faults of loadRelaySettings", () => {
  it("come all at once, and each names the key as it was written, the value and what is allowed", () => {
    const path = join(folder, "bad.yaml");
    writeFileSync(path, "prot: 1\nsite: A B\nport: many\n");
    expect(
      faults({ argv: ["--config", "bad.yaml", "--porrt", "1", "--demo=maybe"], env: { HELMCAST_ENGINE: "vlc", HELMCAST_PORT_BASE: "-1" } }),
    ).toEqual([
      "--porrt is not a known flag; did you mean --port?",
      `prot in ${path} is not a known setting; did you mean port?`,
      `port in ${path} is "many"; use a whole number from 1 to 65535.`,
      'HELMCAST_PORT_BASE is "-1"; use a whole number from 0 to 50000.',
      'HELMCAST_ENGINE is "vlc"; use auto, mediamtx, embedded.',
      '--demo is "maybe"; use on or off.',
      `site in ${path} is "A B"; use 1 to 32 of a-z, 0-9 and -.`,
    ]);
  });

  it.each<[string, Given, RegExp]>([
    ["a port of 0", { argv: ["--port", "0"] }, /^--port is "0"; use a whole number/],
    ["a port with words", { env: { HELMCAST_PORT: "80a" } }, /^HELMCAST_PORT is "80a"/],
    ["a port that is too high", { env: { HELMCAST_PORT: "65536" } }, /^HELMCAST_PORT is "65536"/],
    ["a port base that is too high", { env: { HELMCAST_PORT_BASE: "50001" } }, /0 to 50000/],
    [
      "a gateway port that is RTSP's",
      { env: { HELMCAST_PORT: "8554" } },
      /^HELMCAST_PORT is 8554; with it the gateway and rtsp would share port 8554/,
    ],
    [
      "a port base that meets the gateway",
      { argv: ["--port-base", "6197"] },
      /^--port-base is 6197; with it the gateway and mqtt would share port 8080/,
    ],
    ["a mirror that is no web address", { env: { HELMCAST_MEDIAMTX_MIRROR: "ftp://x/y" } }, /http:\/\/ or https:\/\//],
    [
      "a program that does not exist",
      { env: { MEDIAMTX_BIN: "/no/such" } },
      /^MEDIAMTX_BIN is "\/no\/such"; use the path of a MediaMTX program/,
    ],
    ["a program that can't be run", { env: { MEDIAMTX_BIN: "cameras.yaml" } }, /^MEDIAMTX_BIN is "cameras.yaml"/],
    [
      "a demo file that does not exist",
      { argv: ["--demo-config", "none.yaml"] },
      /^--demo-config is "none.yaml"; use the path of a file that exists/,
    ],
    ["a host with a port", { argv: ["--host", "a b"] }, /^--host is "a b"/],
    ["public hosts with a bad one", { env: { HELMCAST_PUBLIC_HOSTS: "ok.example,not ok" } }, /^HELMCAST_PUBLIC_HOSTS/],
    [
      "a secret that others can read",
      { argv: ["--metrics-token-file", "open-secret"] },
      /^--metrics-token-file: others on this host can read .*600/,
    ],
    [
      "a secret that is not there",
      { env: { HELMCAST_ADMIN_PASSWORD_FILE: "gone" } },
      /^HELMCAST_ADMIN_PASSWORD_FILE: .*gone does not exist/,
    ],
    ["a secret in a circle of links", { argv: ["--metrics-token-file", "circle"] }, /^--metrics-token-file: .*circle can't be reached/],
    ["a secret whose name is too long", { env: { HELMCAST_ADMIN_PASSWORD_FILE: "x".repeat(300) } }, /x can't be reached/],
    [
      "a proxy that is a name",
      { env: { HELMCAST_TRUSTED_PROXIES: "proxy.example" } },
      /^HELMCAST_TRUSTED_PROXIES is "proxy.example"; use none, or/,
    ],
    ["everybody as a proxy", { argv: ["--trusted-proxies", "0.0.0.0/0"] }, /^--trusted-proxies/],
    ["everybody as a proxy, IPv6", { argv: ["--trusted-proxies", "::/0"] }, /^--trusted-proxies/],
    ["ICE servers that others can read", { env: { HELMCAST_ICE_SERVERS_FILE: "open-secret" } }, /others on this host can read/],
    [
      "ICE servers that are no list",
      { env: { HELMCAST_ICE_SERVERS_FILE: "secret" } },
      /^HELMCAST_ICE_SERVERS_FILE has a value that can't be used/,
    ],
    ["a flag without a value", { argv: ["--port"] }, /^--port has no value/],
    ["a flag before another flag", { argv: ["--port", "--demo", "off"] }, /^--port has no value/],
    ["a flag twice", { argv: ["--port", "1", "--port=2"] }, /more than once/],
    ["a loose word", { argv: ["start"] }, /^"start" is not a flag/],
    ["a settings file that does not exist", { env: { HELMCAST_CONFIG: "gone.yaml" } }, /gone\.yaml does not exist/],
    ["a settings file that is a folder", { argv: ["--config", "with-file"] }, /is not a file/],
  ])("%s", (_, given, fault) => {
    const found = faults(given);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(fault);
  });

  it.each(["a: [", "- a\n- b\n", "x", "a: 1\na: 2\n"])("a settings file that holds %j", (text) => {
    writeFileSync(join(folder, "odd.yaml"), text);
    const [fault] = faults({ argv: ["--config", "odd.yaml"] });
    expect(fault).toContain(join(folder, "odd.yaml"));
    expect(fault).not.toContain("\n");
  });

  it.each([
    ["an http address", [{ url: "https://turn.example" }], /server 1: url must be like stun/],
    ["a TURN server without credentials", [{ url: "stun:a" }, { url: "turn:a" }], /server 2: a TURN server needs/],
    ["a username alone", [{ url: "turn:a", username: "u-hidden" }], /server 1: a TURN server needs/],
    [
      "two kinds of credentials",
      [{ url: "turns:a", username: "u", credential: "c-hidden", secret: "s-hidden" }],
      /server 1: a TURN server needs/,
    ],
    ["a STUN server with a secret", [{ url: "stun:a", secret: "s-hidden" }], /server 1: a stun: server takes no credentials/],
    [
      "a credential that no header holds",
      [{ url: "turn:a", username: "u", credential: "käse-hidden" }],
      /server 1: username and credential/,
    ],
    ["an unknown key", [{ url: "stun:a", pass: "p-hidden" }], /server 1: Unrecognized key: "pass"/],
    ["nine of them", Array.from({ length: 9 }, () => ({ url: "stun:a" })), /can't be used/],
    ["a wrong type", [{ url: "turn:a", secret: { x: "s-hidden" } }], /server 1/],
  ])("ICE servers in the file: %s", (_what, iceServers, fault) => {
    writeFileSync(join(folder, "ice-faults.yaml"), JSON.stringify({ iceServers }));
    const found = faults({ argv: ["--config", "ice-faults.yaml"] });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(fault);
    expect(found[0]).not.toContain("-hidden");
  });

  it("never repeat a password, wherever it stands", () => {
    const password = "s3cret!";
    writeFileSync(join(folder, "secret.yaml"), `adminPassword: ${password}\n`);
    for (const given of [
      { env: { HELMCAST_ADMIN_PASSWORD: password } },
      { argv: ["--config", "secret.yaml"] },
      { argv: ["--admin-password", password] },
      { argv: [`--admin-password=${password}`] },
    ]) {
      const found = faults(given);
      expect(found).toHaveLength(1);
      expect(found.join()).not.toContain(password);
    }
  });
});

describe("relayHelp", () => {
  it("names every key with flag, variable, default and an example that is allowed", () => {
    const help = relayHelp();
    for (const key of Object.values(relayKeys)) {
      expect(help).toContain(key.env);
      expect(help).toContain(key.flag ?? "no flag");
      expect(help).toContain(`"${key.file}: ${key.help.example}"`);
      expect(key.help.sentence).toMatch(/\.$/);
    }
  });
});
