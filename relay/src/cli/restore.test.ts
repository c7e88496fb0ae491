import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountListSchema } from "@helmcast/config";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hashSecret, makeSecret } from "../auth/secrets.ts";
import { addStranger, postJson, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { parseCommand } from "./parse-command.ts";
import { runProgram } from "./run-program.ts";

let folder = "";
let relay: TestGateway | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-restore-"));
});
afterEach(async () => {
  await relay?.stop();
  relay = null;
  rmSync(folder, { recursive: true, force: true });
});

const dataDir = () => join(folder, "data");

/** Types one line on the relay's host. */
async function type(line: string): Promise<string> {
  let out = "";
  const exit = await runProgram({
    argv: line.split(" "),
    env: { HELMCAST_DATA: dataDir() },
    cwd: folder,
    typedIn: folder,
    colours: false,
    input: process.stdin,
    clock: systemClock,
    log: silentLog(),
    complain: () => undefined,
    write(text) {
      out += text;
    },
  });
  expect([line, exit]).toEqual([line, 0]);
  return out;
}

it("says how to go back to a backup, and a relay that was put back that way runs as it did then", async () => {
  const deviceSecret = makeSecret();
  const first = await startGateway({ dataDir: dataDir() }, {}, async (state) => {
    await addStranger(state, "ann");
    state.accounts.grant("ann", "picarx", "drive");
    state.devices.put("picarx", { secretHash: hashSecret(deviceSecret), generation: "g" }, Date.now());
  });
  relay = first;
  const { cookie } = await first.signIn("ann");
  await type("backup monday.sqlite --json");
  await type("user remove ann --json");
  await type("device revoke picarx --json");
  await first.gateway.stop();

  const help = parseCommand(["backup", "--help"]);
  const told = help.kind === "help" ? help.text.replace(/\s+/g, " ") : "";
  expect(told).toContain(
    "stop the relay, delete state.sqlite-wal and state.sqlite-shm in the data folder, and copy the file over state.sqlite there",
  );
  for (const end of ["-wal", "-shm"]) {
    rmSync(join(dataDir(), `state.sqlite${end}`), { force: true });
  }
  copyFileSync(join(folder, "monday.sqlite"), join(dataDir(), "state.sqlite"));

  const second = await startGateway({ dataDir: dataDir(), ports: first.ports });
  relay = second;
  expect(second.gateway.news().password).toMatchObject({ how: "kept" });
  expect(statSync(join(dataDir(), "state.sqlite")).mode & 0o777).toBe(0o600);
  const ann = await second.signIn("ann");
  expect((await fetch(`${second.base}/api/auth/session`, { headers: { cookie: ann.cookie } })).status).toBe(200);
  const accounts = accountListSchema.parse(JSON.parse(await type("user list --json")));
  expect(accounts.find(({ name }) => name === "ann")?.grants).toEqual([{ device: "picarx", role: "drive" }]);
  expect((await postJson(`${second.base}/api/token`, { device: "picarx", secret: deviceSecret })).status).toBe(200);
  // Whoever was signed out since, and whoever's cookie changed since, signs in again; nobody is taken for a thief.
  expect((await fetch(`${second.base}/api/auth/session`, { headers: { cookie } })).status).toBe(401);
  const audit = await (await fetch(`${second.base}/api/audit?kind=cookie-reused`, { headers: (await second.signIn()).auth })).json();
  expect(audit).toMatchObject({ entries: [] });
});
