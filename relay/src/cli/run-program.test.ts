import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { controlSocketName } from "../admin/control-socket.ts";
import { runProgram } from "./run-program.ts";

let folder = "";
let out = "";
let err = "";
const closers: Array<() => unknown> = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-program-"));
});
afterEach(async () => {
  for (const close of closers.splice(0)) {
    await close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs one line in this process, in folders of its own: settings in `folder`, typed in `folder/typed`, the state in `folder/data`. */
async function run(line: string, env: Readonly<Record<string, string>> = { HELMCAST_DATA: "data" }): Promise<number> {
  out = "";
  err = "";
  return runProgram({
    argv: line.split(" "),
    env,
    cwd: folder,
    typedIn: join(folder, "typed"),
    colours: false,
    input: process.stdin,
    clock: systemClock,
    log: silentLog(),
    write(text) {
      out += text;
    },
    complain(text) {
      err += text;
    },
  });
}

describe("for a program", () => {
  it("every command answers in JSON, and complains of nothing", async () => {
    mkdirSync(join(folder, "typed"));
    const steps: [line: string, json: unknown][] = [
      ["user add anna --make-password", { name: "anna", password: expect.stringMatching(/^[a-z2-9-]{19}$/) }],
      ["user passwd anna --make-password", { name: "anna", password: expect.stringMatching(/^[a-z2-9-]{19}$/) }],
      ["user grant anna picarx view", { done: true }],
      ["user grant anna * drive", { done: true }],
      ["user revoke anna picarx", { done: true }],
      ["user list", [{ name: "anna", createdAt: expect.any(String), grants: [{ device: "*", role: "drive" }], signIns: 0 }]],
      [
        "device add picarx --relay http://r",
        { device: "picarx", code: expect.stringMatching(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/), relayUrl: "http://r" },
      ],
      ["device list", []],
      ["keys rotate", { kid: expect.any(String) }],
      ["backup copy.sqlite", { file: join(folder, "typed", "copy.sqlite") }],
      ["user remove anna", { done: true }],
    ];
    for (const [line, json] of steps) {
      expect([line, await run(`${line} --json`), err]).toEqual([line, 0, ""]);
      const given: unknown = JSON.parse(out);
      expect(given, line).toEqual(line.startsWith("device add") ? expect.objectContaining(json) : json);
    }
    expect(readdirSync(join(folder, "typed"))).toEqual(["copy.sqlite"]);
  });

  it.each([
    ["user remove nobody", 1, { code: "HC_GATEWAY_ACCOUNT_UNKNOWN", error: "There is no account of this name. Name: nobody." }],
    ["user revoke nobody *", 1, { code: "HC_GATEWAY_ACCOUNT_UNKNOWN", error: "There is no account of this name. Name: nobody." }],
    ["device revoke rover", 1, { code: "HC_GATEWAY_DEVICE_UNKNOWN", error: "No device of this name is enrolled. Name: rover." }],
    [
      "backup no/such/folder",
      1,
      { code: "HC_GATEWAY_BACKUP", error: expect.stringMatching(/^The backup was not written. There is no folder /) },
    ],
    ["user", 2, { faults: [expect.stringMatching(/^Say what to do: /)] }],
  ])("a refusal is JSON too: %s", async (line, code, json) => {
    expect(await run(`${line} --json`)).toBe(code);
    expect([out, JSON.parse(err)]).toEqual(["", json]);
  });
});

describe("the data folder", () => {
  it.each([
    ["the flag, from where it was typed", "user list --data here", { HELMCAST_DATA: "data" }, "", join("typed", "here")],
    ["the environment", "user list", { HELMCAST_DATA: "data" }, "data: file", "data"],
    ["the settings file", "user list", {}, "data: file", "file"],
    ["a settings file that is named", "user list --config ../mine.yaml", {}, "data: file", "mine"],
    ["the usual one", "user list", {}, "", ".helmcast"],
  ])("comes from %s", async (_what, line, env, yaml, expected) => {
    writeFileSync(join(folder, "helmcast.yaml"), yaml);
    writeFileSync(join(folder, "mine.yaml"), "data: mine");
    expect(await run(line, env)).toBe(0);
    expect(readdirSync(join(folder, expected)).sort()).toEqual(["lock.sqlite", "state.sqlite"]);
    expect(err).toMatch(`No relay has run in ${join(folder, expected)} yet, so a new state was begun there. `);
    expect(await run(line, env)).toBe(0);
    expect(err).toBe(`No relay runs in ${join(folder, expected)}, so the folder was opened directly.\n`);
  });

  it("is not touched when a setting is wrong", async () => {
    expect(await run("user list", { HELMCAST_PORT: "0", HELMCAST_DATA: "data" })).toBe(2);
    expect(err).toBe('HELMCAST_PORT is "0"; use a whole number from 1 to 65535.\n');
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is said in words when it cannot be used", async () => {
    writeFileSync(join(folder, "data"), "a file");
    expect(await run("user list")).toBe(1);
    expect(err).toMatch(/\(HC_GATEWAY_(CONTROL|STATE)\)\n$/);
  });
});

describe("a relay that goes away", () => {
  it("between the greeting and the question is no fault of the program", async () => {
    mkdirSync(join(folder, "data"));
    const file = join(folder, "data", controlSocketName);
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => {
        rmSync(file);
        const body = '{"pid":1,"relayUrl":"http://a"}';
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(file, resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    expect(await run("user list")).toBe(1);
    expect(err).toMatch(/try again in a few seconds\. \(HC_GATEWAY_DATA_BUSY\)\n$/);
  });
});
