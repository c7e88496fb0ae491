import type { EdgeSettings } from "@helmcast/config/load";
import { type Clock, type Log, runLifecycle, type Service } from "@helmcast/runtime";
import { type AgentBox, createAgentBox } from "./blackbox/agent-box.ts";
import { answerEcho } from "./command/answer-echo.ts";
import { Drive, type Say } from "./command/drive.ts";
import { type LinkMessage, MqttLink } from "./command/mqtt-link.ts";
import { machineMs } from "./motors/machine-clock.ts";
import { MotorProcess } from "./motors/motor-process.ts";
import { CameraSet } from "./publish/camera-set.ts";
import { DeviceTokens } from "./session/device-tokens.ts";
import { fetchToken } from "./session/fetch-token.ts";
import { markSecretFile, readSecret } from "./session/read-secret.ts";
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

/** A running agent. `neutralise` makes the vehicle stand at once and for good; it waits for nothing, so that a process about to die can call it. */
export type Agent = { start(): Promise<void>; stop(): Promise<void>; neutralise(): void };

/**
 * Builds the edge agent: camera -> encoder -> publish; command -> watchdog -> motors; echo and status over the broker. A relay that is away never ends it; it waits.
 * `start` rejects with AppError only for what waiting can't mend: HC_EDGE_SECRET_MISSING, HC_EDGE_SECRET_OPEN, HC_EDGE_SECRET_INVALID.
 */
export function createAgent(options: AgentOptions): Agent {
  const { settings, clock, random, log } = options;
  const relayHost = new URL(settings.relay.url).hostname.replace(/^\[|\]$/g, "");
  const tokens = createTokens(options);
  const cameras = new CameraSet({ ...options, relayHost, tokens, onChange: () => noteCameras() });
  const noteCameras = (): void => {
    box.noteCameras(cameras.reports());
    outbox.changed();
  };
  const machineClock = createMachineClock(clock);
  const box = createAgentBox({
    device: settings.device,
    drive: { kind: settings.drive.type },
    relayUrl: settings.relay.url,
    clock: machineClock,
    log,
    readToken: () => tokens.current()?.accessToken ?? null,
  });
  const say: Say = (channel, text) =>
    link.publish(channel, text, { qos: channel === "ack" ? 1 : 0, retain: false, isDroppable: channel !== "ack" });
  const drive = createDrive(options, { clock: machineClock, box, tokens, cameras, say });
  const link = new MqttLink({
    device: settings.device,
    host: relayHost,
    channels: drive === null ? ["echo"] : ["echo", "cmd", "camera", "estop", "lease"],
    lastWill: JSON.stringify(buildDeviceStatus(false, cameras.reports())),
    clock,
    random,
    log,
    onMessage: (message) => {
      box.tap.takeMessage(message);
      drive?.takeMessage(message);
      takeEcho(message, clock, link);
    },
    onLink: (up) => {
      box.noteLink(up);
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
        box.noteToken(token.lifetimeMs);
        link.useToken(token);
        void cameras.begin();
      });
    },
    stop: async () => {
      forgetTokens();
      outbox.close();
    },
  };
  const life = runLifecycle([secretCheck, tokens, cameras, clockWatch, box, link, wiring, ...(drive === null ? [] : [drive])], log);
  return { ...life, neutralise: () => drive?.neutralise() };
}

function createTokens({ settings, clock, random, log }: AgentOptions): DeviceTokens {
  return new DeviceTokens({
    fetchToken: async (signal) => {
      const secret = await readSecret(settings.relay.secretFile);
      return fetchToken({ relayUrl: settings.relay.url, device: settings.device, secret }, clock.wallMs, signal);
    },
    markSecret: () => markSecretFile(settings.relay.secretFile),
    clock,
    random,
    log,
  });
}

/** The whole machine's monotonic time, so that it means the same to the agent, to the motors and to a run of the agent before this one. */
function createMachineClock(clock: Clock): Clock {
  return { wallMs: () => clock.wallMs(), monotonicMs: machineMs, after: (delayMs, run, unref) => clock.after(delayMs, run, unref) };
}

type DriveParts = {
  readonly clock: Clock;
  readonly box: AgentBox;
  readonly tokens: DeviceTokens;
  readonly cameras: CameraSet;
  readonly say: Say;
};

function createDrive({ settings, clock, random, log }: AgentOptions, parts: DriveParts): Drive | null {
  const { drive } = settings;
  const { box, tokens, cameras } = parts;
  if (drive.type === "none") {
    return null;
  }
  let motors: MotorProcess | null = null;
  return new Drive({
    settings: drive,
    clock: parts.clock,
    log,
    say: parts.say,
    record: box.tap.record,
    onBlackBox: box.answer,
    createMotors(onLost) {
      const onMotorsLost = (): void => {
        onLost();
        box.noteMotors("lost");
      };
      motors = new MotorProcess({ settings: drive, clock, random, log, onLost: onMotorsLost });
      return box.tap.tapMotors(motors);
    },
    readBlocks: () => [
      ...(tokens.current() === null ? ["token-expired" as const] : []),
      ...(drive.videoWatch && cameras.isVideoStale() ? ["video-stale" as const] : []),
      // Who drives without a second process has nobody to stop the wheels when the first one fails too.
      ...(motors?.standby === true ? [] : ["motors-lost" as const]),
    ],
  });
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
