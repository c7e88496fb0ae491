import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How the made-up engine behaves. */
export type FakeEngineBehaviour = {
  /** What `--version` prints. */
  readonly version: string;
  /** `serve` answers the API, `die` prints a fault and ends. */
  readonly run: "serve" | "die";
};

/**
 * Writes an executable that stands in for the MediaMTX binary where only its process matters: it takes the API's address and the auth
 * callback from the settings file, asks the callback about every call as MediaMTX does, and keeps path settings in memory.
 */
export async function writeFakeEngine(folder: string, behaviour: FakeEngineBehaviour): Promise<string> {
  const file = join(folder, "mediamtx");
  await writeFile(file, `#!${process.execPath}\n${script(behaviour)}`);
  await chmod(file, 0o755);
  return file;
}

function script(behaviour: FakeEngineBehaviour): string {
  return `
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");
if (process.argv[2] === "--version") { console.log(${JSON.stringify(behaviour.version)}); process.exit(0); }
const log = (level, message) => console.log(JSON.stringify({ timestamp: "2026-01-01T00:00:00Z", level, message }));
const run = ${JSON.stringify(behaviour.run)};
if (run === "die") { log("ERR", "listen tcp :1: bind: permission denied"); process.exit(1); }
process.on("SIGTERM", () => process.exit(0));
setInterval(() => undefined, 1000);
{
  const text = readFileSync(process.argv[2], "utf8");
  const read = (key) => new RegExp("^" + key + ": (.*)$", "m").exec(text)[1].replaceAll('"', "");
  const paths = new Map();
  const started = new Date(Date.now()).toISOString() + process.pid;
  const [host, port] = read("apiAddress").split(":");
  createServer(async (request, response) => {
    const reply = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const [user, password] = Buffer.from((request.headers.authorization ?? "").split(" ")[1] ?? "", "base64").toString().split(":");
    const asked = await fetch(read("authHTTPAddress"), {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ action: "api", user, password, path: "", protocol: "", token: password, ip: "127.0.0.1", id: null, query: "", userAgent: "" }),
    }).catch(() => ({ ok: false }));
    if (!asked.ok) return reply(401, { status: "error", error: "authentication error" });
    let body = "";
    for await (const chunk of request) body += chunk;
    const [, verb, name] = /^\\/v3\\/config\\/paths\\/(add|patch|replace|get|delete)\\/(.+)$/.exec(request.url) ?? [];
    if (request.url === "/v3/info") return reply(200, { version: ${JSON.stringify(behaviour.version)} + "\\n", started });
    if (verb === "add" && paths.has(name)) return reply(400, { status: "error", error: "path already exists" });
    if (verb === "get") return paths.has(name) ? reply(200, paths.get(name)) : reply(404, { status: "error", error: "path configuration not found" });
    if (verb === "delete") return paths.delete(name) ? reply(200, { status: "ok" }) : reply(404, { status: "error", error: "not found" });
    if (verb) { paths.set(name, { ...(verb === "patch" ? paths.get(name) : {}), ...JSON.parse(body) }); return reply(200, { status: "ok" }); }
    return reply(404, { status: "error", error: "not found" });
  }).listen(Number(port), host, () => log("INF", "[API] started"));
}
`;
}
