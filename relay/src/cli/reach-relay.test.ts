import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@helmcast/config";
import { systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { controlSocketName } from "../admin/control-socket.ts";
import { type DataLock, tryDataLock } from "../admin/data-lock.ts";
import { codeOf } from "../admin/rig/administration-rig.ts";
import { createControlClient } from "./control-client.ts";
import { reachRelay } from "./reach-relay.ts";

let dataDir = "";
let server: Server | null = null;
let lock: DataLock | null = null;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "helmcast-reach-"));
});
afterEach(async () => {
  lock?.release();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
  lock = null;
  rmSync(dataDir, { recursive: true, force: true });
});

/** Answers every connection with these bytes. */
async function answer(text: string): Promise<void> {
  const serving = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.end(text));
  });
  server = serving;
  await new Promise<void>((resolve) => serving.listen(join(dataDir, controlSocketName), resolve));
}
const http = (status: string, body: string) => `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
const openFolder = (held: DataLock) =>
  Promise.resolve({ client: createControlClient("/nowhere"), close: () => Promise.resolve(held.release()) });
const reach = (limitMs = 0) => reachRelay({ dataDir, openFolder, clock: systemClock, limitMs });

describe("reachRelay", () => {
  it("opens the folder where nobody serves it, and nobody else can meanwhile", async () => {
    writeFileSync(join(dataDir, controlSocketName), "left over");
    const reached = await reach();
    expect(reached.how).toBe("folder");
    expect(tryDataLock(dataDir)).toBeNull();
    await reached.close();
    lock = tryDataLock(dataDir);
    expect(lock).not.toBeNull();
  });

  it("asks whoever serves it, and leaves the lock alone", async () => {
    await answer(http("200 OK", '{"pid":1,"relayUrl":"http://a"}'));
    lock = tryDataLock(dataDir);
    const reached = await reach();
    expect(reached.how).toBe("gateway");
    await reached.close();
  });

  it("waits for a relay that is just starting", async () => {
    lock = tryDataLock(dataDir);
    const reached = reach(5000);
    await answer(http("200 OK", '{"pid":1,"relayUrl":"http://a"}'));
    expect((await reached).how).toBe("gateway");
  });

  it("refuses while somebody holds the folder who does not answer", async () => {
    lock = tryDataLock(dataDir);
    expect(await codeOf(() => reach(250))).toBe("HC_GATEWAY_DATA_BUSY");
  });

  it.runIf(process.geteuid?.() === 0)("opens no folder of another user, whose relay could not start any more", async () => {
    const foreign = { code: "HC_GATEWAY_STATE", message: expect.stringContaining("belongs to user 12345") };
    chownSync(dataDir, 12_345, 12_345);
    await expect(reach()).rejects.toMatchObject(foreign);
    writeFileSync(join(dataDir, "state.sqlite"), "");
    const reached = await reach();
    await reached.close();
    rmSync(join(dataDir, "lock.sqlite"));
    chownSync(join(dataDir, "state.sqlite"), 12_345, 12_345);
    await expect(reach()).rejects.toMatchObject(foreign);
    expect(readdirSync(dataDir)).toEqual(["state.sqlite"]);
  });

  it.runIf(process.geteuid?.() === 0)("says as whom to work where the socket is another user's", async () => {
    await answer(http("200 OK", '{"pid":1,"relayUrl":"http://a"}'));
    process.seteuid?.(12_345);
    try {
      await expect(reach()).rejects.toMatchObject({
        code: "HC_GATEWAY_CONTROL",
        message: expect.stringMatching(/\(EACCES\)\. Work as the user that runs the relay\.$/),
      });
    } finally {
      process.seteuid?.(0);
    }
  });

  it.each([
    ["nonsense", "nonsense\r\n\r\n"],
    ["no JSON", http("200 OK", "hello")],
    ["another version's answer", http("200 OK", "{}")],
    ["a refusal that is not known", http("500 Oops", '{"code":"HC_FUTURE","error":"x"}')],
    ["half an answer", 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"pid"'],
    ["nothing", ""],
  ])("refuses %s, and opens nothing behind its back", async (_what, text) => {
    await answer(text);
    expect(await codeOf(() => reach())).toBe("HC_GATEWAY_CONTROL");
  });
});

describe("a refusal", () => {
  it("is the same error on both sides", async () => {
    const { message } = new AppError("HC_GATEWAY_LIMIT", { detail: "At most 3." });
    await answer(http("409 Conflict", JSON.stringify({ code: "HC_GATEWAY_LIMIT", error: message })));
    const asked = createControlClient(join(dataDir, controlSocketName)).tell({ method: "GET", path: "/" });
    await expect(asked).rejects.toMatchObject({ code: "HC_GATEWAY_LIMIT", message, status: 409 });
  });
});
