import { type IncomingMessage, request } from "node:http";
import { AppError, type ErrorCode, errorRegistry, errorReplySchema } from "@helmcast/config";
import type { z } from "zod";
import { withSocketAddress } from "../admin/control-socket.ts";

/** Longest wait for an answer, in ms: a backup of the largest state, or a password's hash behind sixteen others. */
const answerLimitMs = 30_000;

/** Largest answer that is read, in bytes: a thousand accounts with a hundred grants each. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** One question over the control socket. */
type Question = { readonly method: "GET" | "POST" | "PUT" | "DELETE"; readonly path: string; readonly body?: unknown };

/** Asks whoever serves a control socket. */
export type ControlClient = {
  /** @throws AppError the refusal as the other side registered it; HC_GATEWAY_CONTROL when there is no proper answer */
  ask<Schema extends z.ZodType>(question: Question, schema: Schema): Promise<z.infer<Schema>>;
  /** For questions whose answer is only that it was done. @throws AppError as `ask` */
  tell(question: Question): Promise<void>;
};

/** Nobody serves the socket: it is not there, or nobody listens on it any more. */
export class NobodyThere extends Error {
  override readonly name = "NobodyThere";
}

/** A client for the socket at `file`. @throws NobodyThere from its methods while nobody serves it */
export function createControlClient(file: string): ControlClient {
  const exchange = (question: Question) => withSocketAddress(file, (address) => send(address, file, question));
  return {
    async ask(question, schema) {
      const parsed = schema.safeParse(readJson(await exchange(question), file));
      if (!parsed.success) {
        throw new AppError("HC_GATEWAY_CONTROL", { detail: `The answer from ${file} is of another version.`, cause: parsed.error });
      }
      return parsed.data;
    },
    async tell(question) {
      await exchange(question);
    },
  };
}

function send(address: string, file: string, { method, path, body }: Question): Promise<string> {
  const text = body === undefined ? null : JSON.stringify(body);
  const headers = text === null ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const isNobody = cause.code === "ENOENT" || cause.code === "ECONNREFUSED";
      reject(isNobody ? new NobodyThere() : noAnswer(file, cause));
    };
    const outgoing = request({ socketPath: address, method, path, headers, agent: false, timeout: answerLimitMs }, (response) => {
      readAnswer(response, file)
        .then((answer) => {
          const isFine = response.statusCode !== undefined && response.statusCode < 300;
          return isFine ? resolve(answer) : reject(toRefusal(answer, file));
        })
        .catch(reject);
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", fail);
    outgoing.end(text ?? undefined);
  });
}

async function readAnswer(response: IncomingMessage, file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) {
        throw new Error(`more than ${maxAnswerBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    throw noAnswer(file, cause as NodeJS.ErrnoException);
  }
  return Buffer.concat(chunks).toString();
}

function noAnswer(file: string, cause: NodeJS.ErrnoException): AppError {
  const advice = cause.code === "EACCES" ? " Work as the user that runs the relay." : "";
  return new AppError("HC_GATEWAY_CONTROL", { detail: `File: ${file} (${cause.code ?? cause.message}).${advice}`, cause });
}

function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("HC_GATEWAY_CONTROL", { detail: `The answer from ${file} is no JSON.`, cause });
  }
}

/** The same error as on the other side. */
function toRefusal(answer: string, file: string): AppError {
  const reply = errorReplySchema.safeParse(readJson(answer, file));
  if (!reply.success || !isKnown(reply.data.code)) {
    return new AppError("HC_GATEWAY_CONTROL", { detail: `The refusal from ${file} is of another version.` });
  }
  const { sentence } = errorRegistry[reply.data.code];
  const detail = reply.data.error.slice(sentence.length).trim();
  return new AppError(reply.data.code, detail === "" ? {} : { detail });
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errorRegistry, code);
}
