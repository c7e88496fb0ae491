import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { buildTopic, driveLimits, leaseReplySchema, routes, type Telemetry, telemetrySchema } from "@helmcast/config";
import mqtt, { type MqttClient } from "mqtt";
import { waitFor } from "../../contract/rig/wait.ts";
import { machineMs } from "./car-log.ts";
import { post } from "./relay-process.ts";
import { device } from "./vehicle.ts";

const site = "demo";
const topic = (channel: "cmd" | "telemetry" | "estop" | "ack"): string => buildTopic({ site, device, channel });

/** A driver without hands. */
export type DriverOptions = {
  /** The gateway, for the lease. */
  readonly url: string;
  /** Port of the WebSocket: the gateway's, or a proxy's before it. */
  readonly webSocketPort: number;
  readonly user: string;
  readonly token: () => string;
};

/** A command that left, on the machine's monotonic clock. */
export type Sent = {
  readonly atMs: number;
  readonly lease: number;
  readonly seq: number;
  readonly throttle: number;
  readonly steer: number;
};

/** Does what the viewer does, with the same messages: a lease renewed each second, and 20 commands a second that echo the device's stamp. */
export class Driver {
  /** Everything that left, oldest first. */
  readonly sent: Sent[] = [];
  /** Newest state that the device told. */
  telemetry: Telemetry | null = null;
  lease: number | null = null;
  /** Whether the tab runs: a frozen one sends nothing, by no road. */
  awake = true;
  throttle = 0;
  steer = 0;
  /** Gives each command's stick instead of `throttle` and `steer`, when it is set. */
  readStick: (() => { readonly throttle: number; readonly steer: number }) | null = null;
  readonly #options: DriverOptions;
  readonly #tab = randomUUID();
  readonly #timers: NodeJS.Timeout[] = [];
  #client: MqttClient | null = null;
  #seq = 0;

  /** @param options where, and as whom */
  constructor(options: DriverOptions) {
    this.#options = options;
    this.#timers.push(setInterval(() => this.#send(), 1000 / driveLimits.activeHz));
    this.#timers.push(setInterval(() => void (this.awake && this.lease !== null && this.#wish("renew")), driveLimits.renewEveryMs));
  }

  get connected(): boolean {
    return this.#client?.connected === true;
  }

  /** Connects anew. A connection is never mended: what was lost stays lost. */
  async connect(): Promise<void> {
    this.#client?.end(true);
    const { webSocketPort, user, token } = this.#options;
    const client = mqtt.connect(`ws://127.0.0.1:${webSocketPort}${routes.mqtt}`, {
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      queueQoSZero: false,
      username: user,
      password: token(),
      connectTimeout: 3000,
    });
    this.#client = client;
    client.on("error", () => undefined);
    client.on("message", (_topic, payload) => {
      const parsed = telemetrySchema.safeParse(JSON.parse(payload.toString()));
      this.telemetry = parsed.success ? parsed.data : this.telemetry;
    });
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("close", () => reject(new Error("the broker closed the connection")));
    });
    await client.subscribeAsync(topic("telemetry"), { qos: 0 });
  }

  /** Takes the lease; `seize` as an admin. @throws Error when it is refused */
  async take(action: "take" | "seize" = "take"): Promise<void> {
    const reply = leaseReplySchema.parse(await post(this.#path(), { action, tab: this.#tab }, this.#options.token()));
    this.lease = reply.lease;
    this.#seq = 0;
  }

  /** Gives the lease back and stands. */
  async release(): Promise<void> {
    this.throttle = 0;
    await this.#wish("release");
    this.lease = null;
  }

  /** Drives: lease, neutral until the device is armed, then this until the wheels do it. */
  async engage(throttle = 0.5, steer = 0.25): Promise<void> {
    this.awake = true;
    this.throttle = 0;
    this.steer = 0;
    // A tab that was frozen or cut off renews late, or finds out that it drives no more.
    await (this.lease === null ? undefined : this.#wish("renew"));
    await waitFor(
      "the device to be armed",
      async () => {
        try {
          await (this.connected ? undefined : this.connect());
          await (this.lease === null ? this.take() : undefined);
        } catch {
          // Gateway, broker or device are on their way back.
          return false;
        }
        if (this.#isStranger()) {
          await this.take().catch(() => undefined);
          await sleep(100);
        }
        return this.telemetry?.phase === "armed" && machineMs() - this.telemetry.stampMs < 200;
      },
      20_000,
    ).catch((cause: unknown) => {
      throw new Error(`not armed: ${JSON.stringify({ ...this.telemetry, lease: this.lease, connected: this.connected })}`, { cause });
    });
    this.throttle = throttle;
    this.steer = steer;
    const turns = async (): Promise<boolean> => {
      if (this.#isStranger()) {
        await this.take().catch(() => undefined);
      }
      if (this.#isStranger() || this.telemetry?.refused === "neutral-first") {
        // The motors or the lease were taken anew since: a hand rests and pushes again.
        Object.assign(this, { throttle: 0, steer: 0 });
        await sleep(150);
        Object.assign(this, { throttle, steer });
      }
      return this.telemetry?.throttle === throttle;
    };
    await waitFor("the wheels to turn", turns, 5000).catch((cause: unknown) => {
      throw new Error(`not driving: ${JSON.stringify(this.telemetry)}`, { cause });
    });
  }

  /** The device does not know this driver's lease: it was away for longer than the lease lives, and a number that ended there never comes back. */
  #isStranger(): boolean {
    return this.telemetry?.refused === "old-lease" || this.telemetry?.refused === "no-lease";
  }

  /** Lets go of connection and lease without a word, as a page that is loaded anew. */
  forget(): void {
    this.lease = null;
    this.telemetry = null;
    this.#client?.end(true);
  }

  /** Sends a command that is not the driver's own. */
  forge(command: object): void {
    this.#client?.publish(topic("cmd"), JSON.stringify(command), { qos: 0 });
  }

  end(): void {
    for (const timer of this.#timers) {
      clearInterval(timer);
    }
    this.#client?.end(true);
  }

  #path(): string {
    return `${this.#options.url}${routes.leases}/${device}`;
  }

  async #wish(action: "renew" | "release"): Promise<void> {
    const { lease } = this;
    try {
      const reply = leaseReplySchema.parse(await post(this.#path(), { action, tab: this.#tab, lease }, this.#options.token()));
      this.lease = this.lease === lease ? reply.lease : this.lease;
    } catch (error) {
      // Refused: it is lost. No answer: the device decides by its own clock.
      this.lease = error instanceof Error && error.message.includes("answered 4") && this.lease === lease ? null : this.lease;
    }
  }

  #send(): void {
    const { telemetry, lease } = this;
    if (!this.awake || lease === null || telemetry === null || this.#client?.connected !== true) {
      return;
    }
    const seq = this.#seq++;
    const { throttle, steer } = this.readStick?.() ?? this;
    const command = { v: 1, lease, seq, echo: telemetry.stampMs, frameAgeMs: 50, throttle, steer };
    this.sent.push({ atMs: machineMs(), lease, seq, throttle, steer });
    this.#client.publish(topic("cmd"), JSON.stringify(command), { qos: 0 });
  }
}
