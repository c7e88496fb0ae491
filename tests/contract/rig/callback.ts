import { createServer, type Server } from "node:http";
import { listenOnFreePort } from "@helmcast/config/rig";

/** What the engine asks (MediaMTX contract, section 1.1). */
export type Question = {
  readonly ip: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly action: string;
  readonly path: string;
  readonly protocol: string;
  readonly id: string | null;
  readonly query: string;
  readonly userAgent: string;
};

/** Credentials that the callback of the tests accepts. */
export const credentials = {
  publisher: { user: "cam", password: "publish-ok" },
  viewer: { user: "viewer", password: "read-ok" },
  viewerToken: "read-token",
  api: { user: "gateway", password: "api-secret" },
  hlsCdnSecret: "cdn-secret",
} as const;

/** The auth callback of one engine: a real HTTP server that remembers what it was asked. */
export type Callback = {
  readonly url: string;
  /** Questions for publish and read since {@link Callback.forget}. */
  asked(): readonly Question[];
  /** Content types and methods of all requests so far. */
  readonly requests: ReadonlySet<string>;
  forget(): void;
  /** Another answer for publish and read until it is set to null again. Status code to reply. */
  override(decide: ((question: Question) => number) | null): void;
  /** Nobody listens any more. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts the callback on a free loopback port. */
export async function startCallback(): Promise<Callback> {
  let asked: Question[] = [];
  let decide: ((question: Question) => number) | null = null;
  const requests = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const question = JSON.parse(Buffer.concat(chunks).toString()) as Question;
      const media = question.action !== "api" && question.action !== "metrics";
      if (media) {
        asked.push(question);
        requests.add(`${request.method} ${request.headers["content-type"]}`);
      }
      response.writeHead(media && decide !== null ? decide(question) : judge(question)).end();
    });
  });
  const port = await listenOnFreePort(server, 0);
  return {
    url: `http://127.0.0.1:${port}/auth/secret`,
    asked: () => asked,
    requests,
    forget: () => {
      asked = [];
    },
    override: (next) => {
      decide = next;
    },
    goDown: () => close(server),
    comeBack: async () => {
      await listenOnFreePort(server, port);
    },
    stop: () => close(server),
  };
}

function judge(question: Question): number {
  const { publisher, viewer, viewerToken, api } = credentials;
  const is = (who: { readonly user: string; readonly password: string }): boolean =>
    question.user === who.user && question.password === who.password;
  switch (question.action) {
    case "api":
    case "metrics":
      return is(api) ? 204 : 401;
    case "publish":
      return is(publisher) ? 204 : 401;
    case "read":
      return is(viewer) || question.token === viewerToken ? 204 : 401;
    default:
      return 401;
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
