import { addDeviceRequestSchema, type Enrolment, routes } from "@helmcast/config";
import type { Log } from "@helmcast/runtime";
import express, { type Express, json } from "express";
import { answerErrors, answerNotFound } from "../http/error-reply.ts";
import { parseBody } from "../http/parse-body.ts";
import { commandLine } from "./actor.ts";
import type { Administration } from "./administration.ts";
import { backupRequestSchema, controlRoutes } from "./control-messages.ts";
import { administrationRoutes } from "./routes.ts";

/** Largest body, in bytes: a path of 4096 characters, and air. */
const maxBodyBytes = 16_384;

/** What the control socket serves. */
export type ControlParts = {
  readonly administration: Administration;
  /** Makes a one-time code for a device; `by` is who asked. It records that itself. */
  readonly createEnrolment: (device: string, by: string) => Enrolment;
  /** The address under which devices reach this relay. */
  readonly relayUrl: () => string;
  readonly log: Log;
};

/**
 * The administration over the control socket: the public routes of it, and what is for the host alone. There is no sign-in: only those who may
 * open the socket's file reach it, and they could open the state as well.
 */
export function controlApp({ administration, createEnrolment, relayUrl, log }: ControlParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  const body = json({ limit: maxBodyBytes });
  app.use(administrationRoutes({ administration, prove: () => commandLine }));
  app.post(routes.devices, body, (request, response) => {
    response.status(201).json(createEnrolment(parseBody(request, addDeviceRequestSchema).device, commandLine.name));
  });
  app.get(controlRoutes.about, (_request, response) => {
    response.json({ pid: process.pid, relayUrl: relayUrl() });
  });
  app.post(controlRoutes.keys, (_request, response) => {
    response.status(201).json(administration.rotateKeys(commandLine));
  });
  app.post(controlRoutes.backup, body, async (request, response) => {
    await administration.backup(parseBody(request, backupRequestSchema).file, commandLine);
    response.status(204).end();
  });
  app.use(answerNotFound);
  app.use(answerErrors(log));
  return app;
}
