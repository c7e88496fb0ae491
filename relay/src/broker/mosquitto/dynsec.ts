import { randomBytes } from "node:crypto";
import { AppError } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import type { MqttClient } from "mqtt";
import { z } from "zod";
import { subscribeLink } from "../proxy/open-link.ts";

const requestTopic = "$CONTROL/dynamic-security/v1";
/** Commands in one message at most. 200 took the plugin 0.8 s, in which it passed nothing on. */
const maxBatch = 20;
/** How long one message may keep the plugin busy, in ms: what drives waits meanwhile. Each command writes its whole file, so it takes longer the more clients there are. */
const batchGoalMs = 50;
/** Commands that may wait. A thousand connections that come at once need three each. */
const maxQueued = 4096;
/** Time for an answer once a command was sent, in ms; and until it is sent, when hundreds come at once. */
const answerLimitMs = 5000;
const queueLimitMs = 20_000;

const answerSchema = z.object({
  responses: z.array(
    z.object({ correlationData: z.string().optional(), error: z.string().optional(), data: z.record(z.string(), z.unknown()).optional() }),
  ),
});

/** A command of the dynamic-security plugin, without its correlation data. */
type DynsecCommand = { readonly command: string; readonly [key: string]: unknown };

/** Sends commands to the plugin, several in one message. */
export type Dynsec = {
  /** Resolves with the answer's data. @throws AppError HC_GATEWAY_BROKER_ANSWER with the plugin's words, HC_GATEWAY_BROKER_AWAY without an answer */
  run(command: DynsecCommand): Promise<Readonly<Record<string, unknown>>>;
};

type Waiter = {
  readonly message: DynsecCommand & { readonly correlationData: string };
  resolve(data: Readonly<Record<string, unknown>>): void;
  reject(error: unknown): void;
  /** Cancels its time limit. */
  cancel: () => void;
};

/** Over a connection of the plugin's admin. Commands are done in the order in which they were given. */
export async function openDynsec(client: MqttClient, clock: Clock): Promise<Dynsec> {
  const link = new Link(client, clock);
  await subscribeLink(client, `${requestTopic}/response`, 0, clock);
  return link;
}

/**
 * How many commands the next message may have, after one of `size` took `tookMs`.
 * @returns 1 to 20
 */
export function planBatch(size: number, tookMs: number): number {
  return Math.max(1, Math.min(maxBatch, Math.floor((size * batchGoalMs) / Math.max(tookMs, 1))));
}

class Link implements Dynsec {
  readonly #client: MqttClient;
  readonly #clock: Clock;
  /** The plugin answers every admin that listens, so answers to others come here too. */
  readonly #mine = randomBytes(6).toString("hex");
  readonly #queue = new Map<string, Waiter>();
  readonly #sent = new Map<string, Waiter>();
  #count = 0;
  #batch = maxBatch;
  #sentMs = 0;
  #planned = false;

  constructor(client: MqttClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    client.on("message", (_topic, payload) => this.#take(payload));
    client.on("close", () => {
      for (const id of [...this.#queue.keys(), ...this.#sent.keys()]) {
        this.#fail(id);
      }
    });
  }

  readonly run: Dynsec["run"] = (command) => {
    if (this.#queue.size >= maxQueued || !this.#client.connected) {
      return Promise.reject(new AppError("HC_GATEWAY_BROKER_AWAY"));
    }
    const correlationData = `${this.#mine}-${++this.#count}`;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(queueLimitMs, () => this.#fail(correlationData), true);
      this.#queue.set(correlationData, { message: { ...command, correlationData }, resolve, reject, cancel });
      if (!this.#planned) {
        this.#planned = true;
        setImmediate(() => {
          this.#planned = false;
          this.#flush();
        });
      }
    });
  };

  /** One message at a time: between two, the broker passes on what drives. */
  #flush(): void {
    if (this.#sent.size > 0 || this.#queue.size === 0 || !this.#client.connected) {
      return;
    }
    for (const [id, waiter] of this.#queue) {
      if (this.#sent.size >= this.#batch) {
        break;
      }
      this.#queue.delete(id);
      waiter.cancel();
      waiter.cancel = this.#clock.after(answerLimitMs, () => this.#fail(id), true);
      this.#sent.set(id, waiter);
    }
    this.#sentMs = this.#clock.monotonicMs();
    const commands = [...this.#sent.values()].map(({ message }) => message);
    this.#client.publish(requestTopic, JSON.stringify({ commands }), { qos: 0 });
  }

  #take(payload: Buffer): void {
    const size = this.#sent.size;
    for (const { correlationData = "", error, data } of readAnswers(payload)) {
      const waiter = this.#sent.get(correlationData);
      this.#sent.delete(correlationData);
      waiter?.cancel();
      if (error === undefined) {
        waiter?.resolve(data ?? {});
      } else {
        waiter?.reject(new AppError("HC_GATEWAY_BROKER_ANSWER", { detail: error.slice(0, 200) }));
      }
    }
    if (size > 0 && this.#sent.size === 0) {
      this.#batch = planBatch(size, this.#clock.monotonicMs() - this.#sentMs);
      this.#flush();
    }
  }

  #fail(id: string): void {
    const waiter = this.#queue.get(id) ?? this.#sent.get(id);
    this.#queue.delete(id);
    this.#sent.delete(id);
    waiter?.cancel();
    waiter?.reject(new AppError("HC_GATEWAY_BROKER_AWAY"));
    this.#flush();
  }
}

function readAnswers(payload: Buffer): z.infer<typeof answerSchema>["responses"] {
  try {
    const answer = answerSchema.safeParse(JSON.parse(payload.toString()));
    return answer.success ? answer.data.responses : [];
  } catch {
    // Not JSON, so no answer to anybody; who waits gets none.
    return [];
  }
}
