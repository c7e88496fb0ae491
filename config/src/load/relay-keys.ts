import { resolve } from "node:path";
import { z } from "zod";
import { defaultPorts } from "../contract/ports.ts";
import { defaultSite } from "../contract/topics.ts";
import { engineChoices, hostSchema, logLevels, maxPortBase, minPasswordChars, relaySettingsSchema } from "../schema/relay.ts";
import type { SettingKey } from "./load-settings.ts";
import { readList, readPath, readSwitch, readWholeNumber, readWith } from "./read-values.ts";

const fields = relaySettingsSchema.shape;

/** Every setting of the relay host that a person can give. The order is the order of the help. */
export const relayKeys = {
  data: {
    file: "data",
    flag: "--data",
    env: "HELMCAST_DATA",
    read: readPath("anything"),
    fallback: (folder) => resolve(folder, ".helmcast"),
    allowed: "the path of a folder",
    help: {
      fallback: ".helmcast in the working folder",
      sentence: "Folder that keeps accounts, secrets and the engine.",
      example: "/var/lib/helmcast",
    },
  } satisfies SettingKey<string>,
  port: {
    file: "port",
    flag: "--port",
    env: "HELMCAST_PORT",
    read: readWholeNumber(1, 65_535),
    fallback: () => defaultPorts.gateway,
    allowed: "a whole number from 1 to 65535",
    help: { fallback: String(defaultPorts.gateway), sentence: "Port of the gateway, which people and phones open.", example: "8080" },
  } satisfies SettingKey<number>,
  portBase: {
    file: "portBase",
    flag: "--port-base",
    env: "HELMCAST_PORT_BASE",
    read: readWholeNumber(0, maxPortBase),
    fallback: () => 0,
    allowed: `a whole number from 0 to ${maxPortBase}`,
    help: { fallback: "0", sentence: "Added to every port but the gateway's, so that two copies run side by side.", example: "20000" },
  } satisfies SettingKey<number>,
  host: {
    file: "host",
    flag: "--host",
    env: "HELMCAST_HOST",
    read: readWith(hostSchema),
    fallback: () => "0.0.0.0",
    allowed: "an IP address or a host name of this machine",
    help: {
      fallback: "0.0.0.0",
      sentence: "Address that the gateway, MQTT and RTSP listen on; WebRTC media uses every one.",
      example: "127.0.0.1",
    },
  } satisfies SettingKey<string>,
  adminPassword: {
    file: "adminPassword",
    flag: null,
    env: "HELMCAST_ADMIN_PASSWORD",
    read: readWith(fields.adminPassword),
    fallback: () => null,
    allowed: `${minPasswordChars} to 256 characters`,
    secret: true,
    help: { fallback: "one is made and shown once", sentence: "Password of the first account, admin.", example: "correct horse battery" },
  } satisfies SettingKey<string | null>,
  engine: {
    file: "engine",
    flag: "--engine",
    env: "HELMCAST_ENGINE",
    read: readWith(fields.engine),
    fallback: () => "auto",
    allowed: engineChoices.join(", "),
    help: { fallback: "auto", sentence: "Which relay engine runs; auto takes MediaMTX where it can be had.", example: "embedded" },
  } satisfies SettingKey<(typeof engineChoices)[number]>,
  mediamtxBin: {
    file: "mediamtxBin",
    flag: "--mediamtx-bin",
    env: "MEDIAMTX_BIN",
    read: readPath("be-a-program"),
    fallback: () => null,
    allowed: "the path of a MediaMTX program that exists and may be run",
    help: { fallback: "looked for", sentence: "A MediaMTX program that comes before every other.", example: "/usr/local/bin/mediamtx" },
  } satisfies SettingKey<string | null>,
  mediamtxMirror: {
    file: "mediamtxMirror",
    flag: "--mediamtx-mirror",
    env: "HELMCAST_MEDIAMTX_MIRROR",
    read: readWith(fields.mediamtxMirror),
    fallback: () => null,
    allowed: "an address that begins with http:// or https://",
    help: { fallback: "its release page", sentence: "Where MediaMTX is fetched from.", example: "https://mirror.example/mediamtx" },
  } satisfies SettingKey<string | null>,
  demo: {
    file: "demo",
    flag: "--demo",
    env: "HELMCAST_DEMO",
    read: readSwitch,
    fallback: () => true,
    allowed: "on or off",
    help: { fallback: "on", sentence: "Start a demo edge agent with a test camera and a simulated vehicle.", example: "off" },
  } satisfies SettingKey<boolean>,
  demoConfig: {
    file: "demoConfig",
    flag: "--demo-config",
    env: "HELMCAST_DEMO_CONFIG",
    read: readPath("be-a-file"),
    fallback: () => null,
    allowed: "the path of a file that exists",
    help: { fallback: "one test camera", sentence: "Settings file of the demo edge agent.", example: "cameras.yaml" },
  } satisfies SettingKey<string | null>,
  publicHosts: {
    file: "publicHosts",
    flag: "--public-hosts",
    env: "HELMCAST_PUBLIC_HOSTS",
    read: readList(hostSchema, 16),
    fallback: () => [],
    allowed: "up to 16 host names or IP addresses with commas between",
    help: {
      fallback: "none",
      sentence: "Names and addresses under which viewers reach this host for video.",
      example: "203.0.113.7,relay.example",
    },
  } satisfies SettingKey<readonly string[]>,
  site: {
    file: "site",
    flag: "--site",
    env: "HELMCAST_SITE",
    read: readWith(fields.site),
    fallback: () => defaultSite,
    allowed: "1 to 32 of a-z, 0-9 and -",
    help: { fallback: defaultSite, sentence: "First part of every MQTT topic.", example: "workshop" },
  } satisfies SettingKey<string>,
  logLevel: {
    file: "logLevel",
    flag: "--log-level",
    env: "HELMCAST_LOG_LEVEL",
    read: readWith(z.enum(logLevels)),
    fallback: () => "info",
    allowed: logLevels.join(", "),
    help: { fallback: "info", sentence: "How much is logged.", example: "debug" },
  } satisfies SettingKey<(typeof logLevels)[number]>,
};

/** The settings file of the relay host. */
export const relayFile = { flag: "--config", env: "HELMCAST_CONFIG", defaultName: "helmcast.yaml" } as const;
