import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { AppError } from "@helmcast/config";
import type { MqttClient } from "mqtt";
import { connectBroker } from "../connect-broker.ts";
import type { Backend } from "../proxy/backend.ts";
import { openLink } from "../proxy/open-link.ts";
import type { BrokerParts } from "../types.ts";
import { connectLocal } from "./connect-local.ts";
import { openDynsec } from "./dynsec.ts";
import { createMosquittoProcess, type MosquittoAdmin, type MosquittoProgram } from "./mosquitto-process.ts";
import { createSessions, type Sessions } from "./sessions.ts";

/** Which mosquitto: one of the gateway's own, or one that runs elsewhere with the dynamic-security plugin. */
export type MosquittoChoice =
  | ({ readonly run: "own" } & MosquittoProgram)
  | { readonly run: "elsewhere"; readonly url: string; readonly credentialsFile: string };

/** What a mosquitto needs. @param devices ids of all enrolled devices */
export type MosquittoParts = Pick<BrokerParts, "identities" | "site" | "clock" | "log"> & {
  readonly choice: MosquittoChoice;
  readonly devices: () => readonly string[];
  readonly random: () => number;
};

/** Where it is, whoever runs it. */
type Place = {
  readonly admin: MosquittoAdmin;
  connect(): Promise<Socket>;
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(why: string): void;
  pid(): number | null;
};

/**
 * Mosquitto as the broker: each connection gets credentials of its own from the dynamic-security plugin, with exactly its topics.
 * @throws AppError HC_GATEWAY_BROKER_MISSING, HC_SETTING_INVALID
 */
export function createMosquittoBackend(parts: MosquittoParts): Backend {
  const { identities, site, clock, log, devices } = parts;
  const place = findPlace(parts);
  let control: MqttClient | null = null;
  let sessions: Sessions | null = null;
  let isStopped = false;
  const closeControl = () => {
    control?.end(true);
    control = null;
    sessions = null;
  };
  return {
    kind: "mosquitto",
    start() {
      isStopped = false;
      return place.start();
    },
    async stop() {
      isStopped = true;
      closeControl();
      await place.stop();
    },
    async prepare(onLost) {
      closeControl();
      const client = await openLink({
        ...place.admin,
        stream: await place.connect(),
        clientId: `control-${randomBytes(6).toString("hex")}`,
      });
      if (isStopped) {
        client.end(true);
        throw new AppError("HC_GATEWAY_BROKER_AWAY");
      }
      control = client;
      client.on("close", () => onLost("the broker closed the control connection"));
      const made = createSessions({ identities, site, devices, clock, log, dynsec: await openDynsec(client, clock) });
      await made.prepare();
      const own = await made.openOwn();
      sessions = made;
      return addStream(own, place);
    },
    async open({ identity }) {
      if (sessions === null) {
        throw new AppError("HC_GATEWAY_BROKER_AWAY");
      }
      return addStream(await sessions.open(identity), place);
    },
    revive: place.restart,
    pid: place.pid,
  };
}

/** Opens the connection for credentials; they are taken back when it does not open. */
async function addStream<Session extends { release(): void }>(
  session: Session,
  place: Place,
): Promise<Session & { readonly stream: Socket }> {
  try {
    return { ...session, stream: await place.connect() };
  } catch (error) {
    session.release();
    throw error;
  }
}

function findPlace({ choice, clock, random, log }: MosquittoParts): Place {
  if (choice.run === "own") {
    const own = createMosquittoProcess(choice, { clock, random, log });
    return { ...own, connect: () => connectLocal(own.socketPath, clock) };
  }
  return {
    admin: readAdmin(choice.credentialsFile),
    connect: () => Promise.resolve(connectBroker(choice.url)),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    restart: () => undefined,
    pid: () => null,
  };
}

function readAdmin(file: string): MosquittoAdmin {
  const [line = ""] = readFileSync(file, "utf8").split(/\r?\n/, 1);
  const at = line.indexOf(":");
  if (at < 1 || at === line.length - 1) {
    throw new AppError("HC_SETTING_INVALID", { detail: `The first line of ${file} is not NAME:PASSWORD.` });
  }
  return { username: line.slice(0, at), password: Buffer.from(line.slice(at + 1)) };
}
