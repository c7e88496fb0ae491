import { createServer } from "node:http";
import { parseStreamPath, talkId } from "@helmcast/config";
import type { Log, Service } from "@helmcast/runtime";
import express, { type Express } from "express";
import { z } from "zod";
import { closeServer, listen } from "../http/listen.ts";
import type { CallbackMeter } from "../metrics/meters.ts";
import type { Identities, Identity } from "./identity.ts";
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

/** What the callback's answers depend on. */
export type EngineCallbackParts = {
  readonly identities: Identities;
  readonly callbackSecret: string;
  readonly apiSecret: string;
  readonly log: Log;
  /** Hears of every device that is let in, with the proof it showed. */
  readonly onDevice?: (identity: Identity) => void;
  readonly meter?: CallbackMeter;
};

/**
 * Who asked by this question, when the engine may let them in; null when not.
 * Devices publish their cameras by RTSP and play the voice that is meant for them; the gateway publishes voices by WHIP. All reading, playback,
 * API and metrics are for the gateway alone, since viewers never meet the engine. What is not named here is refused.
 */
export function admitToEngine(question: EngineQuestion, identities: Identities, apiSecret: string): "gateway" | Identity | null {
  const isGateway = isOwnCredential(question, apiSecret);
  switch (question.action) {
    case "publish":
      if (question.protocol === "webrtc") {
        return isGateway && parseStreamPath(question.path)?.camera === talkId ? "gateway" : null;
      }
      return question.protocol === "rtsp" ? admitDevice(question, identities, "publish") : null;
    case "read":
      return isGateway ? "gateway" : question.protocol === "rtsp" ? admitDevice(question, identities, "hear") : null;
    case "playback":
    case "api":
    case "metrics":
      return isGateway ? "gateway" : null;
    case "pprof":
      return null;
  }
}

/** Both are compared every time, so that the time taken tells nothing. */
function isOwnCredential({ user, password }: EngineQuestion, apiSecret: string): boolean {
  const userFits = secretsEqual(user, gatewayUser);
  const passwordFits = secretsEqual(password, apiSecret);
  return userFits && passwordFits;
}

/** Cameras are published, the loudspeaker is heard, never the other way round. */
function admitDevice(question: EngineQuestion, identities: Identities, action: "publish" | "hear"): Identity | null {
  const path = parseStreamPath(question.path);
  if (path === null || (path.camera === talkId) !== (action === "hear") || question.password === "") {
    return null;
  }
  const proof = identities.fromToken(question.password);
  const fits = proof.ok && proof.identity.name === question.user && permit(identities.holderOf(proof.identity, path.device), action);
  return fits ? proof.identity : null;
}

/** The app behind the callback's listener: one route, whose path holds the secret. Everything else is 401, so that it tells nothing. */
export function engineCallbackApp(parts: EngineCallbackParts): Express {
  const { identities, callbackSecret, apiSecret, log, onDevice, meter } = parts;
  const app = express().disable("x-powered-by").disable("etag");
  app.post("/engine/auth/:secret", express.json({ limit: maxBodyBytes }), (request, response) => {
    const question = questionSchema.safeParse(request.body);
    const known = secretsEqual(String(request.params.secret), callbackSecret);
    const admitted = known && question.success ? admitToEngine(question.data, identities, apiSecret) : null;
    if (admitted === null && question.success && question.data.password !== "") {
      const { action, path, protocol, user } = question.data;
      log.warn({ action, path, protocol, user }, "the engine was told to refuse somebody");
    }
    if (admitted !== null && admitted !== "gateway") {
      onDevice?.(admitted);
    }
    meter?.count(question.success ? question.data.action : "malformed", admitted !== null);
    response.status(admitted === null ? 401 : 200).end();
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
