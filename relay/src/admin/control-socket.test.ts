import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock, silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createControlClient, NobodyThere } from "../cli/control-client.ts";
import { controlApp } from "./control-app.ts";
import { aboutReplySchema, controlRoutes } from "./control-messages.ts";
import { controlSocket, controlSocketName } from "./control-socket.ts";
import { takeDataLock, tryDataLock } from "./data-lock.ts";
import { type AdministrationRig, codeOf, startAdministration } from "./rig/administration-rig.ts";

let rig: AdministrationRig;
let folder = "";
const closers: Array<() => unknown> = [];
beforeEach(() => {
  rig = startAdministration();
  folder = mkdtempSync(join(tmpdir(), "helmcast-control-"));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
  rmSync(folder, { recursive: true, force: true });
  rig.stop();
});

async function serve(file: string, relayUrl = "http://relay.example:1") {
  const createEnrolment = () => ({ device: "x", code: "x", expiresAt: "x" });
  const app = controlApp({ administration: rig.administration, createEnrolment, relayUrl: () => relayUrl, log: silentLog() });
  const service = controlSocket(app, file);
  await service.start();
  closers.push(() => service.stop());
  return service;
}
const about = async (file: string) =>
  (await createControlClient(file).ask({ method: "GET", path: controlRoutes.about }, aboutReplySchema)).relayUrl;

describe("the control socket", () => {
  it("is its owner's alone, answers, and is gone after the stop", async () => {
    const file = join(folder, controlSocketName);
    const service = await serve(file);
    expect([lstatSync(file).isSocket(), lstatSync(file).mode & 0o777]).toEqual([true, 0o600]);
    expect(await about(file)).toBe("http://relay.example:1");
    expect(readdirSync(folder)).toEqual([controlSocketName]);
    await service.stop();
    expect(readdirSync(folder)).toEqual([]);
    await expect(about(file)).rejects.toBeInstanceOf(NobodyThere);
  });

  it("replaces what an earlier process left: a dead socket, a plain file, a half made one", async () => {
    const file = join(folder, controlSocketName);
    const script = `require("net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`;
    await once(spawn(process.execPath, ["-e", script]), "exit");
    expect(lstatSync(file).isSocket()).toBe(true);
    await expect(about(file)).rejects.toBeInstanceOf(NobodyThere);
    mkdirSync(join(folder, `.${controlSocketName}.new`));
    writeFileSync(join(folder, `.${controlSocketName}.new`, "rest"), "");
    await (await serve(file, "first")).stop();
    writeFileSync(file, "plain");
    await serve(file, "second");
    expect(await about(file)).toBe("second");
  });

  it.runIf(process.platform === "linux")("works in a folder whose path is longer than the kernel's structure", async () => {
    const deep = join(folder, "x".repeat(80), "y".repeat(80));
    mkdirSync(deep, { recursive: true });
    const file = join(deep, controlSocketName);
    const service = await serve(file, "deep");
    expect(await about(file)).toBe("deep");
    await service.stop();
    expect(readdirSync(deep)).toEqual([]);
  });

  it("records what is done over it as done by the command line", async () => {
    const file = join(folder, controlSocketName);
    await serve(file);
    await createControlClient(file).tell({ method: "PUT", path: "/api/accounts/boss/grants/picarx", body: { role: "view" } });
    expect(rig.administration.readAudit({ limit: 1 }).entries).toMatchObject([
      { actor: "command line", address: null, subject: "boss: view" },
    ]);
  });

  it("passes refusals on as they are, and has no sign-in to try passwords at", async () => {
    const file = join(folder, controlSocketName);
    await serve(file);
    const { tell } = createControlClient(file);
    const refusal = tell({ method: "DELETE", path: "/api/accounts/nobody" });
    await expect(refusal).rejects.toMatchObject({
      code: "HC_GATEWAY_ACCOUNT_UNKNOWN",
      message: "There is no account of this name. Name: nobody.",
    });
    expect(await codeOf(() => tell({ method: "POST", path: "/api/auth/login", body: {} }))).toBe("HC_GATEWAY_NOT_FOUND");
    expect(await codeOf(() => tell({ method: "POST", path: controlRoutes.backup, body: { file: "here" } }))).toBe("HC_GATEWAY_BAD_BODY");
  });

  it("goes on after somebody who talks nonsense", async () => {
    const file = join(folder, controlSocketName);
    await serve(file);
    const socket = connect(file, () => socket.write("nonsense\r\n\r\n"));
    socket.resume();
    await once(socket, "close");
    expect(await about(file)).toBe("http://relay.example:1");
  });

  it("says so when its folder cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");
    expect(await codeOf(() => serve(join(folder, "file", controlSocketName)))).toBe("HC_GATEWAY_CONTROL");
  });
});

describe("the lock of a data folder", () => {
  const hold = async (): Promise<ChildProcess> => {
    const script = `
      import { tryDataLock } from ${JSON.stringify(join(import.meta.dirname, "data-lock.ts"))};
      const lock = tryDataLock(${JSON.stringify(folder)});
      console.log(lock === null ? "taken" : "mine");
      setInterval(() => lock, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    closers.push(() => child.kill("SIGKILL"));
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    expect(said.toString()).toBe("mine\n");
    return child;
  };

  it("is one process's at a time, and free again however that one dies", async () => {
    const child = await hold();
    expect(tryDataLock(folder)).toBeNull();
    expect(await codeOf(() => takeDataLock(folder, 150, systemClock))).toBe("HC_GATEWAY_DATA_BUSY");
    const waiting = takeDataLock(folder, 5000, systemClock);
    child.kill("SIGKILL");
    const lock = await waiting;
    expect(tryDataLock(folder)).toBeNull();
    lock.release();
    tryDataLock(folder)?.release();
    expect(statSync(join(folder, "lock.sqlite")).mode & 0o777).toBe(0o600);
  });

  it("makes a folder that only its owner can enter, and says when it cannot", async () => {
    const fresh = join(folder, "a", "b");
    (await takeDataLock(fresh, 0, new FakeClock())).release();
    expect(statSync(fresh).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder, "file"), "");
    expect(await codeOf(() => tryDataLock(join(folder, "file")))).toBe("HC_GATEWAY_STATE");
  });
});
