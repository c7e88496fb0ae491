import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeEnrolmentLink } from "@helmcast/config";
import { loadEdgeSettings } from "@helmcast/config/load";
import { findFreePort, listenOnFreePort } from "@helmcast/config/rig";
import { encode } from "uqr";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProcesses } from "../test-rig/processes.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

const goodCode = "ABCD-EFGH";
const secret = "a-secret-that-nobody-else-knows";

/** A stand-in for the gateway's `POST /api/enrol`. */
let relay: { server: Server; url: string; asked: string[]; answers: Array<{ status: number; retryAfter?: string }> };
let folder = "";
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-enrol-"));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      relay.asked.push(`${request.method} ${request.url} ${text}`);
      const next = relay.answers.shift();
      const status = next?.status ?? (text === JSON.stringify({ code: goodCode }) ? 200 : 401);
      const headers = { "content-type": "application/json", ...(next?.retryAfter === undefined ? {} : { "retry-after": next.retryAfter }) };
      response
        .writeHead(status, headers)
        .end(JSON.stringify(status === 200 ? { device: "rover", site: "demo", secret } : { code: "HC_X" }));
    });
  });
  relay = { server, url: `http://127.0.0.1:${await listenOnFreePort(server)}`, asked: [], answers: [] };
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
  relay.server.closeAllConnections();
  await new Promise((done) => relay.server.close(done));
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `enrol` in the folder; `typed` is its standard input, null one on which nobody answers. */
function start(args: readonly string[], typed: string | null = "") {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "enrol", ...args], { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  const take = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  if (typed !== null) {
    child.stdin.end(typed);
  }
  const exited = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  return { child, exited, output: () => text };
}
const run = async (args: readonly string[], typed = "") => {
  const { exited, output } = start(args, typed);
  return { code: await exited, text: output() };
};
const secretFile = () => join(folder, ".helmcast", "device.secret");

describe("npm run edge -- enrol", () => {
  it("leaves a secret and a settings file with which the agent starts, and says so", async () => {
    const { code, text } = await run(["--relay", `${relay.url}/`, "--code", "abcd efgh"]);
    expect([code, relay.asked]).toEqual([0, [`POST /api/enrol {"code":"${goodCode}"}`]]);
    expect([statSync(secretFile()).mode & 0o777, statSync(join(folder, ".helmcast")).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readFileSync(secretFile(), "utf8")).toBe(`${secret}\n`);
    expect(text).toContain(`enrolled at ${relay.url} as rover.`);
    expect(text).toContain(`npm run edge -- --config ${join(folder, "edge.yaml")}`);
    expect(text).not.toContain(secret);
    expect(text).not.toContain("Warning");
    const loaded = loadEdgeSettings({ argv: ["--config", "edge.yaml"], env: {}, cwd: folder });
    expect(loaded).toMatchObject({ ok: true, settings: { device: "rover", relay: { url: relay.url, secretFile: secretFile() } } });
  });

  it("asks for what is missing, and again after a slip", async () => {
    const { code, text } = await run([], `nonsense\n${relay.url}\nABCD-0000\n${goodCode}\n`);
    expect([code, relay.asked.length]).toEqual([0, 1]);
    expect(text).toContain("The relay's address");
    expect(text).toContain("no 0, O, 1, I or L");
    const nobody = await run(["--relay", relay.url, "--replace"]);
    expect([nobody.code, nobody.text]).toEqual([1, expect.stringContaining("No enrolment code was given.")]);
    expect(relay.asked).toHaveLength(1);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends at %s while it waits for an answer", async (signal) => {
    const { child, exited, output } = start([], null);
    await waitUntil("it asks", () => output().includes("The relay's address"));
    child.kill(signal);
    expect([await exited, output()]).toEqual([1, expect.stringContaining("The agent was stopped")]);
  });

  it("never loses an earlier secret, and replaces it when told", async () => {
    const args = ["--relay", relay.url, "--code", goodCode];
    writeFileSync(join(folder, "own.secret"), "old", { mode: 0o600 });
    const refused = await run([...args, "--secret-file", "own.secret"]);
    expect([refused.code, refused.text, relay.asked]).toEqual([1, expect.stringContaining("Add --replace"), []]);
    const wrong = await run(["--relay", relay.url, "--code", "WRNG-CDEF", "--secret-file", "own.secret", "--replace"]);
    expect([wrong.code, wrong.text]).toEqual([1, expect.stringContaining("does not know this enrolment code")]);
    expect([readFileSync(join(folder, "own.secret"), "utf8"), readdirSync(folder)]).toEqual(["old", ["own.secret"]]);
    expect((await run([...args, "--secret-file", "own.secret", "--replace"])).code).toBe(0);
    expect(readFileSync(join(folder, "own.secret"), "utf8")).toBe(`${secret}\n`);
  });

  it("uses the relay and the secret's place of a settings file, and changes nothing in it", async () => {
    const yaml = `device: picarx\nrelay: { url: "${relay.url}", secretFile: keys/mine }\ncameras: []\n`;
    writeFileSync(join(folder, "edge.yaml"), yaml);
    const { code, text } = await run(["--code", goodCode]);
    expect([code, text]).toEqual([0, expect.stringContaining("device: rover")]);
    expect(readFileSync(join(folder, "keys", "mine"), "utf8")).toBe(`${secret}\n`);
    expect(readFileSync(join(folder, "edge.yaml"), "utf8")).toBe(yaml);
  });

  it("waits when the relay asks for it, and explains what stands in the way", async () => {
    relay.answers.push({ status: 429, retryAfter: "1" });
    const waited = await run(["--relay", relay.url, "--code", goodCode]);
    expect([waited.code, waited.text]).toEqual([0, expect.stringContaining("trying again in 1 s")]);
    rmSync(join(folder, ".helmcast"), { recursive: true });
    relay.answers.push({ status: 418 });
    expect((await run(["--relay", relay.url, "--code", goodCode])).text).toContain("answered in a way this agent does not understand");
    const nobody = `http://127.0.0.1:${await findFreePort()}`;
    const away = await run(["--relay", nobody, "--code", goodCode]);
    expect([away.code, away.text]).toEqual([1, expect.stringContaining(`It is ${nobody} (ECONNREFUSED)`)]);
    const faulty = await run(["--relay", "x", "--code", "y"]);
    expect([faulty.code, faulty.text]).toEqual([2, expect.stringMatching(/--relay is no.*\n.*--code is no/)]);
    expect(readdirSync(join(folder, ".helmcast"))).toEqual([]);
  });

  it("uses no code up when the disk takes no secret", async () => {
    const main = fileURLToPath(new URL("../main.ts", import.meta.url));
    // A limit of 0 on the size of files is as a full disk: a file can be made, and nothing be written to it (POSIX, setrlimit, RLIMIT_FSIZE).
    const words = ["-c", 'ulimit -f 0; exec "$@"', "sh", process.execPath, main, "enrol", "--relay", relay.url, "--code", goodCode];
    const { status, stderr } = spawnSync("sh", words, { cwd: folder, encoding: "utf8" });
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/A file could not be written.*space on the disk.*device\.secret \(EFBIG\)/),
    ]);
    expect([relay.asked, readdirSync(join(folder, ".helmcast"))]).toEqual([[], []]);
  });

  it("warns before the secret goes over the internet in clear", async () => {
    // It ends before anything is sent: the secret's folder cannot be made.
    writeFileSync(join(folder, "file"), "");
    const { code, text } = await run(["--relay", "http://relay.example", "--code", goodCode, "--secret-file", "file/secret"]);
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/^Warning: http:\/\/relay\.example is not encrypted.*\nA file could not be written/),
    ]);
  });
});

describe("enrol --scan", () => {
  /** A camera that shows a QR code: a program that writes it as raw gray frames of 640x480. */
  function writeCamera(text: string, invert = false): void {
    const { data, size } = encode(text, { border: 3 });
    const scale = Math.floor(400 / size);
    const frame = Buffer.alloc(640 * 480, 110);
    for (let y = 0; y < size * scale; y++) {
      for (let x = 0; x < size * scale; x++) {
        const dark = data[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true;
        frame[(y + 30) * 640 + x + 90] = dark === invert ? 235 : 40;
      }
    }
    writeFileSync(join(folder, "frame.gray"), frame);
    const camera = 'setInterval(() => process.stdout.write(require("node:fs").readFileSync("frame.gray")), 100)';
    const source = { type: "exec", command: [process.execPath, "-e", camera], pixelFormat: "gray", width: 640, height: 480, fps: 10 };
    const test = { id: "sham", source: { type: "test" } };
    writeFileSync(join(folder, "edge.yaml"), JSON.stringify({ device: "rover", cameras: [test, { id: "front", source }] }));
  }

  it.each([false, true])("reads address and code from the device's own camera (inverted: %s), and ends the camera", async (invert) => {
    writeCamera(writeEnrolmentLink(relay.url, goodCode), invert);
    const { code, text } = await run(["--scan"]);
    expect([text, code]).toEqual([expect.stringContaining(`as rover.`), 0]);
    expect(text).toContain("Show the QR code to the camera now.");
    expect(readFileSync(secretFile(), "utf8")).toBe(`${secret}\n`);
    expect(findProcesses("frame.gray", folder)).toEqual([]);
  });

  it("passes over other codes, tells that it goes on, and ends with Ctrl-C", async () => {
    writeCamera("https://example.org/menu");
    const { child, exited, output } = start(["--scan"]);
    await waitUntil("it says what it sees", () => output().includes("not one of Helmcast's"));
    await waitUntil("it tells its progress", () => /Looked at \d+ pictures; 5\d s left/.test(output()));
    child.kill("SIGINT");
    expect(await exited).toBe(1);
    expect(relay.asked).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(["edge.yaml", "frame.gray"]);
  }, 15_000);

  it("says what ffmpeg says of a camera that is none, and which is not there", async () => {
    writeCamera("x");
    writeFileSync(join(folder, "edge.yaml"), readFileSync(join(folder, "edge.yaml"), "utf8").replace("setInterval(", "process.exit(3, "));
    expect(await run(["--scan"])).toMatchObject({ code: 1, text: expect.stringContaining("The camera gives no picture") });
    expect(await run(["--video", "/dev/video77"])).toMatchObject({ code: 1, text: expect.stringContaining("There is no /dev/video77") });
    expect(await run(["--video", "/dev/null"])).toMatchObject({ code: 1, text: expect.stringContaining("ffmpeg says: ") });
  });
});
