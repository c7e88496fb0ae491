import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountListSchema, readEnrolmentLink } from "@helmcast/config";
import { silentLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { controlApp } from "../admin/control-app.ts";
import { controlSocket, controlSocketName } from "../admin/control-socket.ts";
import { tryDataLock } from "../admin/data-lock.ts";
import { type AdministrationRig, startAdministration } from "../admin/rig/administration-rig.ts";
import { createPasswords } from "../auth/password.ts";
import { loadState } from "../state/state.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

/** vitest shows the environment here. */
const { env } = import.meta as ImportMeta & { readonly env: Readonly<Record<string, string | undefined>> };
const main = join(import.meta.dirname, "main.ts");

const closers: Array<() => unknown> = [];
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-cli-"));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
  rmSync(folder, { recursive: true, force: true });
});

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

/** Starts a program. */
function start(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const child = spawn(command, args, { cwd: folder, env: { PATH: env["PATH"], HELMCAST_DATA: join(folder, "data"), ...more } });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  closers.push(() => child.kill("SIGKILL"));
  const ended = new Promise<Ran>((resolve) => child.once("close", (code) => resolve({ code, out, err })));
  return { stdin: child.stdin, shown: () => out, ended };
}

/** Runs a program to its end, with this on its standard input. */
function run(command: string, args: readonly string[], input = ""): Promise<Ran> {
  const child = start(command, args);
  child.stdin.end(input);
  return child.ended;
}
const helmcast = (line: string, input = "") => run(process.execPath, [main, ...line.split(" ").filter((word) => word !== "")], input);
const json = (ran: Ran): unknown => JSON.parse(ran.out);

/** What a running gateway offers: the lock, a state, the socket. */
async function startRelay(): Promise<AdministrationRig> {
  const rig = startAdministration();
  closers.push(() => rig.stop());
  mkdirSync(join(folder, "data"));
  const lock = tryDataLock(join(folder, "data"));
  closers.push(() => lock?.release());
  const createEnrolment = (device: string, by: string) => ({ device, code: "ABCD-EFGH", expiresAt: "2026-11-21T07:10:00.000Z", by });
  const relayUrl = () => "http://10.0.0.5:8080";
  const app = controlApp({ administration: rig.administration, createEnrolment, relayUrl, log: silentLog() });
  const socket = controlSocket(app, join(folder, "data", controlSocketName));
  await socket.start();
  closers.push(() => socket.stop());
  return rig;
}

describe("in a folder where no relay runs", () => {
  it("does everything, and leaves nothing but the state", async () => {
    const added = await helmcast("user add anna --grant picarx=drive --json");
    expect(added).toMatchObject({ code: 0, err: "" });
    const { password } = json(added) as { password: string };
    expect(await helmcast("user add boss --grant *=admin --password-stdin", "a long password\n")).toMatchObject({ code: 0 });
    expect((await helmcast("user grant anna picarx view")).out).toBe("anna has the role view on picarx.\n");
    expect((await helmcast("user revoke anna picarx")).out).toBe("anna has no grant on picarx any more.\n");
    const listed = await helmcast("user list");
    expect(listed.out).toMatch(/^NAME +ADDED \(UTC\) +SIGNED IN +GRANTS\nanna +\d{4}-\d\d-\d\d \d\d:\d\d +0 +none\nboss .* 0 +\*=admin\n$/);
    expect((await helmcast("device list")).out).toBe("No device is enrolled.\n");
    expect(json(await helmcast("keys rotate --json"))).toEqual({ kid: expect.any(String) });
    expect(readdirSync(join(folder, "data")).sort()).toEqual(["lock.sqlite", "state.sqlite"]);
    const state = loadState(join(folder, "data", "state.sqlite"), 0);
    closers.push(() => state.close());
    const passwords = createPasswords();
    expect(await passwords.check(password, state.accounts.passwordHash("anna"))).toBe(true);
    expect(await passwords.check("a long password", state.accounts.passwordHash("boss"))).toBe(true);
    expect(state.audit.read({ limit: 9 }).entries.every(({ actor }) => actor === "command line")).toBe(true);
  });

  it("writes a backup where it was typed, private", async () => {
    await helmcast("user add anna");
    expect(await helmcast("backup copy.sqlite")).toMatchObject({ code: 0, out: expect.stringContaining(join(folder, "copy.sqlite")) });
    expect(statSync(join(folder, "copy.sqlite")).mode & 0o777).toBe(0o600);
    expect(await helmcast("backup copy.sqlite --json")).toEqual({
      code: 1,
      out: "",
      err: `${JSON.stringify({ code: "HC_GATEWAY_BACKUP", error: `The backup was not written. There is a file of this name already: ${join(folder, "copy.sqlite")}.` })}\n`,
    });
  });

  it("works after a relay that was killed, whose socket and lock file are still there", async () => {
    mkdirSync(join(folder, "data"));
    const script = `
      import { createServer } from "node:net";
      import { tryDataLock } from ${JSON.stringify(join(import.meta.dirname, "..", "admin", "data-lock.ts"))};
      globalThis.lock = tryDataLock("data");
      createServer().listen(${JSON.stringify(join("data", controlSocketName))}, () => process.kill(process.pid, "SIGKILL"));`;
    await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(readdirSync(join(folder, "data")).sort()).toEqual([controlSocketName, "lock.sqlite"]);
    expect(await helmcast("user list")).toMatchObject({ code: 0, out: "There are no accounts.\n" });
  });

  it("lets several at once follow each other", async () => {
    const names = ["a", "b", "c", "d"];
    await helmcast("user list");
    const ran = await Promise.all(names.map((name) => helmcast(`user add ${name}`)));
    const note = `No relay runs in ${join(folder, "data")}, so the folder was opened directly.\n`;
    expect(ran.map(({ code, err }) => [code, err])).toEqual(names.map(() => [0, note]));
    const accounts = accountListSchema.parse(json(await helmcast("user list --json")));
    expect(accounts.map(({ name }) => name)).toEqual(names);
  });
});

describe("beside a running relay", () => {
  it("asks it, so that its memory and its sessions follow", async () => {
    const rig = await startRelay();
    rig.state.accounts.put("anna", "no hash", 0);
    rig.state.devices.put("picarx", { secretHash: "s", generation: "g" }, rig.nowMs);
    rig.signIn("anna", "phone");
    expect((await helmcast("user grant anna picarx drive")).code).toBe(0);
    expect(rig.state.accounts.roleOn("anna", "picarx")).toBe("drive");
    expect((await helmcast("user passwd anna --make-password")).out).toMatch(/^ {2}[a-z2-9]{4}(-[a-z2-9]{4}){3}$/m);
    expect((await helmcast("device list")).out).toMatch(/\npicarx .* yes +0\n$/);
    expect((await helmcast("device revoke picarx")).code).toBe(0);
    expect((await helmcast("user remove anna")).code).toBe(0);
    expect(rig.told).toEqual(["account anna", "sign-in phone", "device picarx g", "account anna", "account anna"]);
    expect(existsSync(join(folder, "data", "state.sqlite"))).toBe(false);
  });

  it("passes its refusals on with exit code 1", async () => {
    await startRelay();
    expect(await helmcast("user remove boss")).toEqual({
      code: 1,
      out: "",
      err: "This would leave nobody who may run this relay. Make another account admin of every device first. (HC_GATEWAY_LAST_ADMIN)\n",
    });
    expect(JSON.parse((await helmcast("device revoke rover --json")).err)).toEqual({
      code: "HC_GATEWAY_DEVICE_UNKNOWN",
      error: "No device of this name is enrolled. Name: rover.",
    });
  });

  it("shows how a device enrols: code, command, QR code, or all of it for a program", async () => {
    await startRelay();
    const { out } = await helmcast("device add picarx");
    expect(out).toContain("\n  ABCD-EFGH\n");
    expect(out).toContain("\n  npm run edge -- enrol --relay http://10.0.0.5:8080 --code ABCD-EFGH\n");
    expect(out).toContain("until 07:10:00 UTC");
    expect(out.match(/^ {2}[█▀▄ ]{33,}$/gm)?.length).toBeGreaterThan(15);
    const told = json(await helmcast("device add picarx --relay https://relay.example/ --json")) as { link: string };
    expect(told).toMatchObject({ device: "picarx", code: "ABCD-EFGH", relayUrl: "https://relay.example" });
    expect(readEnrolmentLink(told.link)).toEqual({ relayUrl: "https://relay.example", code: "ABCD-EFGH" });
  });
});

describe("a wrong line", () => {
  it("ends with exit code 2 and changes nothing, also when a setting is wrong", async () => {
    expect(await helmcast("user add")).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^NAME is missing/) });
    expect(JSON.parse((await helmcast("user lst --json")).err)).toEqual({
      faults: ['"user lst" is not a command; did you mean user list?'],
    });
    writeFileSync(join(folder, "helmcast.yaml"), "prot: 1\n");
    expect(await helmcast("user list")).toMatchObject({ code: 2, err: expect.stringMatching(/^prot in .* did you mean port\?\n$/) });
    expect(readdirSync(folder)).toEqual(["helmcast.yaml"]);
  });

  it.each([
    ["short\n", "A password has 8 to 256 characters."],
    [`${"x".repeat(2000)}\n`, "A password has 8 to 256 characters."],
    ["one password\nanother one\n", "Standard input holds more than one line; give the password in one."],
  ])("and a wrong password on standard input with 1", async (input, why) => {
    const { code, err } = await helmcast("user add anna --password-stdin", input);
    expect([code, err]).toEqual([1, `No password that can be used was given, so nothing was changed. ${why} (HC_GATEWAY_BAD_PASSWORD)\n`]);
    expect(existsSync(join(folder, "data"))).toBe(false);
  });
});

describe.runIf(existsSync("/usr/bin/script"))("on a terminal", () => {
  /** `script` gives the program a terminal of its own. Types each text once its question has come. */
  async function type(line: string, answers: readonly string[]): Promise<Ran> {
    const questions = ["New password for anna (empty: one is made): ", "The same again: "];
    const args = ["-qefc", `${process.execPath} ${main} ${line}`, "/dev/null"];
    const child = start("/usr/bin/script", args, { TERM: "xterm" });
    for (const [index, keys] of answers.entries()) {
      await waitUntil(questions[index] ?? "", () => child.shown().includes(questions[index] ?? ""));
      child.stdin.write(keys);
    }
    return child.ended;
  }

  it.each([
    ["the same twice", ["a long password\r", "a long password\r"], 0, "Account anna is added."],
    ["the same twice, typed ahead", ["a long password\ra long password\r"], 0, "Account anna is added."],
    ["two different ones", ["a long password\r", "a wrong password\r"], 1, "The two were not the same."],
    ["a short one", ["a long\r"], 1, "A password has 8 to 256 characters."],
    ["nothing", ["\r"], 0, "It is shown only this once."],
    ["Ctrl-C", ["a long\u0003"], 1, "It was broken off."],
  ])("asks for a password and shows nothing of it: %s", async (_what, answers, code, said) => {
    const ran = await type("user add anna", answers);
    expect(ran.out).toContain(said);
    expect(ran.out).not.toMatch(/a long|a wrong/);
    expect(ran.code).toBe(code);
  });
});
