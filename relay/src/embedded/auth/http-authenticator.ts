import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Clock, Log } from "@helmcast/runtime";
import type { EmbeddedSettings } from "../settings/embedded-settings.ts";
import type { Authenticator, AuthQuestion } from "../stream/types.ts";
import { holdDelayMs, isExcluded, writeQuestion } from "./question.ts";

/** Most questions that wait at one time; a flood of guesses is told no at once instead of filling the memory. */
const maxWaiting = 1000;

/** What the authenticator needs. */
export type AuthenticatorOptions = {
  readonly auth: EmbeddedSettings["auth"];
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/**
 * Asks the gateway's callback about every publish, read, API and metrics request (MediaMTX contract, section 1.1): one POST each, a new
 * connection each, no retry. Only a 2xx is a yes. A no to somebody who presented credentials is held for a random 0 to 4 s.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { auth, clock, random, log } = options;
  let waiting = 0;
  const decide = async (question: AuthQuestion): Promise<"allowed" | "denied"> => {
    const allowed = await post(options, writeQuestion(question)).catch((error: unknown) => {
      log.warn({ err: error, action: question.action, path: question.path }, "the auth callback did not answer, so the answer is no");
      return false;
    });
    if (allowed) {
      return "allowed";
    }
    log.debug(
      { action: question.action, path: question.path, ip: question.ip, protocol: question.protocol },
      "denied by the auth callback",
    );
    const delayMs = holdDelayMs(question, random);
    await new Promise<void>((resolve) => {
      if (delayMs === 0) {
        resolve();
      } else {
        clock.after(delayMs, resolve, true);
      }
    });
    return "denied";
  };
  return {
    async ask(question) {
      if (isExcluded(auth.exclude, question)) {
        return "allowed";
      }
      if (waiting >= maxWaiting) {
        return "denied";
      }
      waiting += 1;
      try {
        return await decide(question);
      } finally {
        waiting -= 1;
      }
    },
  };
}

function post(options: AuthenticatorOptions, body: string): Promise<boolean> {
  const { auth, clock, timeoutMs } = options;
  const send = auth.callbackUrl.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send(auth.callbackUrl, {
      method: "POST",
      agent: false,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), "user-agent": "helmcast-embedded-relay" },
    });
    const cancelTimeout = clock.after(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), true);
    outgoing.on("response", (incoming) => {
      const status = incoming.statusCode ?? 0;
      incoming.destroy();
      resolve(status >= 200 && status <= 299);
    });
    outgoing.on("error", reject);
    outgoing.on("upgrade", (_incoming, socket) => socket.destroy());
    outgoing.on("close", () => {
      cancelTimeout();
      reject(new Error("the connection ended without an answer"));
    });
    outgoing.end(body);
  });
}
