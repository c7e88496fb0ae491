import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import type { Stack } from "../../rig/start-stack.ts";

/** What the engine asks (MediaMTX contract, section 1.1). */
export type EngineQuestion = {
  readonly user: string;
  readonly password: string;
  readonly action: string;
  readonly path: string;
  readonly protocol: string;
};

/** The secrets that stand in the engine's settings file, which only the gateway's own user can read. */
export type EngineSecrets = { readonly callbackUrl: string; readonly hlsCdn: string };

/** Reads them. */
export function readEngineSecrets(stack: Stack): EngineSecrets {
  const text = readFileSync(join(stack.dataDir, "engine", "mediamtx.yml"), "utf8");
  const read = (key: string) => new RegExp(`^${key}: (\\S+)$`, "m").exec(text)?.[1] ?? "";
  return { callbackUrl: read("authHTTPAddress"), hlsCdn: read("hlsCDNSecret") };
}

/** Asks as the engine does, and gives the status. */
export type AskCallback = (question: EngineQuestion) => Promise<number>;

/** Opens a line to the callback over which thousands of questions can go. */
export function openCallback(url: string): { readonly ask: AskCallback; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const more = { ip: "127.0.0.1", token: "", id: "00000000-0000-4000-8000-000000000000", query: "", userAgent: "test" };
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const outgoing = request(url, { method: "POST", agent, headers: { "content-type": "application/json" } }, (incoming) => {
          incoming.resume().on("end", () => resolve(incoming.statusCode ?? 0));
        });
        outgoing.on("error", reject).end(JSON.stringify({ ...more, ...question }));
      }),
    close: () => agent.destroy(),
  };
}
