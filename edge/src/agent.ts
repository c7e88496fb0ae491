import type { EdgeSettings } from "@helmcast/config/load";
import { type Clock, type Log, runLifecycle, type Service } from "@helmcast/runtime";
import { answerEcho } from "./command/answer-echo.ts";
import { Drive } from "./command/drive.ts";
import { type LinkMessage, MqttLink } from "./command/mqtt-link.ts";
import { CameraSet } from "./publish/camera-set.ts";
import { DeviceTokens } from "./session/device-tokens.ts";
import { fetchToken } from "./session/fetch-token.ts";
import { readSecret } from "./session/read-secret.ts";
import { ClockWatch } from "./stamp/clock-watch.ts";
import { buildDeviceStatus } from "./status/device-status.ts";
import { StatusOutbox } from "./status/status-outbox.ts";

/** What an agent needs from outside. */
export type AgentOptions = {
  readonly settings: EdgeSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** A running agent. */
export type Agent = { start(): Promise<void>; stop(): Promise<void> };

/**
 * Builds the edge agent: camera -> encoder -> publish; command -> watchdog -> motors; echo and status over the broker. A relay that is away never ends it; it waits.
 * `start` rejects with AppError only for what waiting can't mend: HC_EDGE_SECRET_MISSING, HC_EDGE_SECRET_OPEN, HC_EDGE_SECRET_INVALID.
 */
export function createAgent(options: AgentOptions): Agent {
  const { settings, clock, random, log } = options;
  const relayHost = new URL(settings.relay.url).hostname.replace(/^\[|\]$/g, "");
  const tokens = new DeviceTokens({
    fetchToken: async (signal) => {
      const secret = await readSecret(settings.relay.secretFile);
      return fetchToken({ relayUrl: settings.relay.url, device: settings.device, secret }, clock.wallMs, signal);
    },
    clock,
    random,
    log,
  });
  const cameras = new CameraSet({ ...options, relayHost, tokens, onChange: () => outbox.changed() });
  const drive = settings.drive.type === "none" ? null : new Drive({ settings: settings.drive, clock, random, log });
  const link = new MqttLink({
    device: settings.device,
    host: relayHost,
    channels: drive === null ? ["echo"] : ["echo", "cmd", "estop"],
    lastWill: JSON.stringify(buildDeviceStatus(false, cameras.reports())),
    clock,
    random,
    log,
    onMessage: (message) => {
      drive?.takeMessage(message);
      takeEcho(message, clock, link);
    },
    onLink: (up) => {
      drive?.takeLink(up);
      if (up) {
        outbox.resend();
      }
    },
    onRefused: () => tokens.renew("the broker refused the token"),
  });
  const outbox = new StatusOutbox(
    clock,
    () => JSON.stringify(buildDeviceStatus(true, cameras.reports())),
    (text) => link.publish("status", text, { qos: 1, retain: true }),
  );
  const clockWatch = new ClockWatch(clock, (jumpMs) => cameras.restartStamped(`the wall clock was set by ${Math.round(jumpMs)} ms`));
  const secretCheck: Service = {
    name: "device secret",
    start: async () => void (await readSecret(settings.relay.secretFile)),
    stop: async () => undefined,
  };
  let forgetTokens: () => void = () => undefined;
  const wiring: Service = {
    name: "token users",
    start: async () => {
      forgetTokens = tokens.onToken((token) => {
        link.useToken(token);
        void cameras.begin();
      });
    },
    stop: async () => {
      forgetTokens();
      outbox.close();
    },
  };
  return runLifecycle([secretCheck, tokens, cameras, clockWatch, link, wiring, ...(drive === null ? [] : [drive])], log);
}

function takeEcho(message: LinkMessage, clock: Clock, link: MqttLink): void {
  if (message.channel !== "echo" || message.retained) {
    return;
  }
  const pong = answerEcho(message.payload, clock.wallMs(), clock.wallMs);
  if (pong !== null) {
    link.publish("ack", JSON.stringify(pong), { qos: 0, retain: false });
  }
}
