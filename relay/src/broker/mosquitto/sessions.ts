import { randomBytes } from "node:crypto";
import type { Clock, Log } from "@helmcast/runtime";
import { z } from "zod";
import type { Identity } from "../../auth/identity.ts";
import type { BrokerParts } from "../types.ts";
import type { Dynsec } from "./dynsec.ts";
import { type DeviceRole, findRoleName, findRoles, rolePrefix, writeGatewayRole } from "./roles.ts";

/** Every client that the gateway makes begins with this, so that those of a gateway that died can be found. */
const sessionPrefix = "s-";
/** From the end of a connection to the end of its credentials, in ms: the broker still has to judge the last will by them. Nobody outside ever had them. */
const keepAfterEndMs = 500;
/** Commands that sweep at once. */
const sweepBatch = 100;

/** Short-lived credentials at the broker. */
type Session = {
  readonly username: string;
  readonly password: Buffer;
  covers(topic: string): boolean;
  release(): void;
};

/** Makes credentials at a broker, each for one connection. */
export type Sessions = {
  /** Denies by default, and takes away what an earlier gateway left. */
  prepare(): Promise<void>;
  /** For the gateway itself. */
  openOwn(): Promise<Omit<Session, "covers">>;
  open(identity: Identity): Promise<Session>;
};

/** What sessions are made of. @param devices ids of all enrolled devices, asked at each new connection */
export type SessionParts = Pick<BrokerParts, "identities" | "site"> & {
  readonly dynsec: Dynsec;
  readonly devices: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
};

/** Sessions at one start of the broker: a new start knows no roles. */
export function createSessions(parts: SessionParts): Sessions {
  const { identities, site, dynsec, devices, clock, log } = parts;
  const known = new Map<string, Promise<unknown>>();
  const ensureRole = ({ name, acls }: DeviceRole) => {
    const made = known.get(name) ?? dynsec.run({ command: "createRole", rolename: name, acls });
    known.set(name, made);
    made.catch(() => known.delete(name));
    return made;
  };
  const make = async (roles: readonly DeviceRole[]) => {
    const username = `${sessionPrefix}${randomBytes(12).toString("hex")}`;
    const password = randomBytes(24).toString("base64url");
    const names = roles.map(({ name }) => ({ rolename: name }));
    const remove = () =>
      dynsec
        .run({ command: "deleteClient", username })
        .catch((error: unknown) => log.debug({ err: error }, "credentials of the broker were not taken back; the next start does"));
    // Given at once: commands are done in order, so the roles are there before the client.
    const made = await Promise.allSettled([
      ...roles.map(ensureRole),
      dynsec.run({ command: "createClient", username, password, roles: names }),
    ]);
    const failed = made.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      // An answer that came too late may have made it all the same.
      void remove();
      throw failed.reason;
    }
    return { username, password: Buffer.from(password), release: () => void clock.after(keepAfterEndMs, () => void remove(), true) };
  };
  return {
    async prepare() {
      const access = { publishClientSend: false, publishClientReceive: false, subscribe: false, unsubscribe: true };
      const acls = Object.entries(access).map(([acltype, allow]) => ({ acltype, allow }));
      await dynsec.run({ command: "setDefaultACLAccess", acls });
      await sweep(dynsec, "listClients", "clients", sessionPrefix, (username) => ({ command: "deleteClient", username }));
      await sweep(dynsec, "listRoles", "roles", rolePrefix, (rolename) => ({ command: "deleteRole", rolename }));
    },
    openOwn: () => make([writeGatewayRole(site)]),
    async open(identity) {
      const roles = findRoles(identity, identities, site, devices());
      const names = new Set(roles.map(({ name }) => name));
      const session = await make(roles);
      return {
        ...session,
        covers(topic) {
          const name = findRoleName(identity, identities, topic);
          return name !== null && names.has(name);
        },
      };
    },
  };
}

async function sweep(
  dynsec: Dynsec,
  command: string,
  key: string,
  prefix: string,
  remove: (name: string) => Parameters<Dynsec["run"]>[0],
): Promise<void> {
  const answer = await dynsec.run({ command, verbose: false, count: -1, offset: 0 });
  const names = z.array(z.string()).catch([]).parse(answer[key]);
  const left = names.filter((name) => name.startsWith(prefix));
  while (left.length > 0) {
    await Promise.all(left.splice(0, sweepBatch).map((name) => dynsec.run(remove(name))));
  }
}
