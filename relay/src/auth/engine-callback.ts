import { createServer } from "node:http";
import { parseStreamPath, talkId } from "@helmcast/config";
import type { Log, Service } from "@helmcast/runtime";
import express, { type Express } from "express";
import { z } from "zod";
import { closeServer, listen } from "../http/listen.ts";
import type { Identities } from "./identity.ts";
import { permit } from "./permit.ts";
import { secretsEqual } from "./secrets.ts";

/** User name of the gateway's own credential at the engine; the password is made at each start. */
export const gatewayUser = "gateway";

/** Largest callback body; MediaMTX sends some 400 bytes. */
const maxBodyBytes = 64 * 1024;

/** What the engine asks (MediaMTX contract, section 1.1). Unknown fields may come and are dropped. */
const questionSchema = z.object({
  user: z.string(),
  password: z.string(),
  action: z.enum(["publish", "read", "playback", "api", "metrics", "pprof"]),
  path: z.string(),
  protocol: z.string(),
});
/** A question of the engine. */
export type EngineQuestion = z.infer<typeof questionSchema>;

/**
 * Answers the engine. Devices publish by RTSP on their own paths; everything else the engine offers is for the gateway alone, since viewers
 * never meet the engine.
 */
export function mayUseEngine(question: EngineQuestion, identities: Identities, apiSecret: string): boolean {
  if (question.action === "publish") {
    return question.protocol === "rtsp" && mayPublish(question, identities);
  }
  if (question.action === "pprof") {
    return false;
  }
  // Both are compared every time, so that the time taken tells nothing.
  const userFits = secretsEqual(question.user, gatewayUser);
  const passwordFits = secretsEqual(question.password, apiSecret);
  return userFits && passwordFits;
}

function mayPublish(question: EngineQuestion, identities: Identities): boolean {
  const path = parseStreamPath(question.path);
  if (path === null || path.camera === talkId || question.password === "") {
    return false;
  }
  const proof = identities.fromToken(question.password);
  return proof.ok && proof.identity.name === question.user && permit(identities.holderOf(proof.identity, path.device), "publish");
}

/** The app behind the callback's listener: one route, whose path holds the secret. Everything else is 401, so that it tells nothing. */
export function engineCallbackApp(parts: {
  readonly identities: Identities;
  readonly callbackSecret: string;
  readonly apiSecret: string;
  readonly log: Log;
}): Express {
  const { identities, callbackSecret, apiSecret, log } = parts;
  const app = express().disable("x-powered-by").disable("etag");
  app.post("/engine/auth/:secret", express.json({ limit: maxBodyBytes }), (request, response) => {
    const question = questionSchema.safeParse(request.body);
    const known = secretsEqual(String(request.params.secret), callbackSecret);
    const allowed = known && question.success && mayUseEngine(question.data, identities, apiSecret);
    if (!allowed && question.success && question.data.password !== "") {
      const { action, path, protocol, user } = question.data;
      log.warn({ action, path, protocol, user }, "the engine was told to refuse somebody");
    }
    response.status(allowed ? 200 : 401).end();
  });
  app.use((_request: express.Request, response: express.Response) => {
    response.status(401).end();
  });
  app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    response.status(401).end();
  });
  return app;
}

/** The callback's listener on loopback. */
export function engineCallbackService(app: Express, port: number): Service {
  const server = createServer(app);
  return {
    name: "engine callback",
    start: () => listen(server, { host: "127.0.0.1", port, what: "the engine's auth callback (HELMCAST_PORT_BASE moves it)" }),
    stop: () => closeServer(server),
  };
}
