import { createServer } from "node:net";
import { listenOnFreePort } from "@helmcast/config/rig";
import { Aedes, type Client } from "aedes";
import jsonwebtoken from "jsonwebtoken";
import type { EmqxRule } from "../emqx/emqx-acl.ts";

/** A broker that judges tokens as EMQX's JWT authenticator and its `acl` claim do, with `disconnect_after_expire` (EMQX 5.7, "JWT Authentication"). */
export type FakeEmqx = {
  readonly url: string;
  /** Who signed in with what, in order. */
  readonly shown: Array<{ readonly username: string; readonly password: string }>;
  /** Names whose connections it ended because their token did. */
  readonly expired: string[];
  stop(): Promise<void>;
};

/** What a token that it took says. */
type Claims = { readonly sub: string; readonly exp: number; readonly acl: readonly EmqxRule[] };

/** Starts one that knows a secret, and nothing else of the gateway. */
export async function startFakeEmqx(secret: Buffer): Promise<FakeEmqx> {
  const shown: FakeEmqx["shown"] = [];
  const expired: string[] = [];
  const known = new Map<Client, Claims>();
  const timers = new Set<NodeJS.Timeout>();
  const allows = (client: Client | null, wish: Wish) => client === null || isAllowed(known.get(client)?.acl ?? [], wish);
  const aedes = await Aedes.createBroker({
    authenticate(client, username = "", password, done) {
      shown.push({ username, password: password?.toString() ?? "" });
      const claims = readToken(password?.toString() ?? "", secret);
      if (claims?.sub !== username) {
        done(null, false);
        return;
      }
      known.set(client, claims);
      const end = () => {
        expired.push(username);
        client.close();
      };
      const timer = setTimeout(end, Math.min(claims.exp * 1000 - Date.now(), 2 ** 31 - 1));
      timers.add(timer);
      client.conn.once("close", () => clearTimeout(timer));
      done(null, true);
    },
    authorizePublish: (client, { topic, qos, retain }, done) =>
      done(allows(client, { action: "publish", topic, qos, retain }) ? null : new Error("not allowed")),
    authorizeSubscribe: (client, subscription, done) =>
      done(null, allows(client, { action: "subscribe", ...subscription }) ? subscription : null),
  });
  const server = createServer((socket) => void aedes.handle(socket));
  const port = await listenOnFreePort(server);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    shown,
    expired,
    async stop() {
      for (const timer of timers) {
        clearTimeout(timer);
      }
      await new Promise<void>((resolve) => aedes.close(resolve));
      server.close();
    },
  };
}

type Wish = { readonly action: "publish" | "subscribe"; readonly topic: string; readonly qos: number; readonly retain?: boolean };

/** The first rule that fits decides. */
function isAllowed(rules: readonly EmqxRule[], { action, topic, qos, retain = false }: Wish): boolean {
  const rule = rules.find(
    (one) =>
      (one.action === "all" || one.action === action) &&
      fits(one.topic, topic) &&
      (one.qos === undefined || one.qos.some((level) => level === qos)) &&
      (one.retain === undefined || one.retain === retain),
  );
  return rule?.permission === "allow";
}

function fits(filter: string, topic: string): boolean {
  const [levels, names] = [filter.split("/"), topic.split("/")];
  const rest = levels.indexOf("#");
  const isLongEnough = rest === -1 ? levels.length === names.length : names.length >= rest;
  return isLongEnough && levels.every((level, at) => level === "#" || (rest !== -1 && at > rest) || level === "+" || level === names[at]);
}

function readToken(token: string, secret: Buffer): Claims | null {
  try {
    return jsonwebtoken.verify(token, secret, { algorithms: ["HS256"] }) as unknown as Claims;
  } catch {
    // Not signed with this secret, or over.
    return null;
  }
}
