import { randomBytes } from "node:crypto";
import { AppError } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import type { MqttClient } from "mqtt";
import { z } from "zod";

const requestTopic = "$CONTROL/dynamic-security/v1";
/** Commands in one message. 200 took the plugin 0.8 s, in which it passed nothing on. */
const maxBatch = 20;
/** Commands that may wait. A thousand connections that come at once need three each. */
const maxQueued = 4096;
/** Time for an answer, in ms. */
const answerLimitMs = 5000;

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

type Waiter = { resolve(data: Readonly<Record<string, unknown>>): void; reject(error: unknown): void; readonly cancel: () => void };

/** Over a connection of the plugin's admin. Commands are done in the order in which they were given. */
export async function openDynsec(client: MqttClient, clock: Clock): Promise<Dynsec> {
  const waiting = new Map<string, Waiter>();
  const queue: Array<DynsecCommand & { readonly correlationData: string }> = [];
  // The plugin answers every admin that listens, so answers to others come here too.
  const mine = randomBytes(6).toString("hex");
  let count = 0;
  let planned = false;
  let inFlight = false;
  const flush = () => {
    planned = false;
    if (!inFlight && queue.length > 0) {
      // One message at a time: between two, the broker passes on what drives.
      inFlight = true;
      client.publish(requestTopic, JSON.stringify({ commands: queue.splice(0, maxBatch) }), { qos: 0 });
    }
  };
  client.on("message", (_topic, payload) => {
    const answers = readAnswers(payload).filter(({ correlationData }) => correlationData?.startsWith(mine) === true);
    if (answers.length === 0) {
      return;
    }
    inFlight = false;
    for (const { correlationData = "", error, data } of answers) {
      const waiter = waiting.get(correlationData);
      waiting.delete(correlationData);
      waiter?.cancel();
      if (error === undefined) {
        waiter?.resolve(data ?? {});
      } else {
        waiter?.reject(new AppError("HC_GATEWAY_BROKER_ANSWER", { detail: error.slice(0, 200) }));
      }
    }
    flush();
  });
  client.on("close", () => {
    for (const waiter of waiting.values()) {
      waiter.cancel();
      waiter.reject(new AppError("HC_GATEWAY_BROKER_AWAY"));
    }
    waiting.clear();
  });
  await client.subscribeAsync(`${requestTopic}/response`, { qos: 0 });
  return {
    run(command) {
      if (queue.length >= maxQueued || !client.connected) {
        return Promise.reject(new AppError("HC_GATEWAY_BROKER_AWAY"));
      }
      const correlationData = `${mine}-${++count}`;
      queue.push({ ...command, correlationData });
      if (!planned) {
        planned = true;
        setImmediate(flush);
      }
      return new Promise((resolve, reject) => {
        const expire = () => {
          waiting.delete(correlationData);
          inFlight = false;
          reject(new AppError("HC_GATEWAY_BROKER_AWAY"));
        };
        waiting.set(correlationData, { resolve, reject, cancel: clock.after(answerLimitMs, expire, true) });
      });
    },
  };
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
