import { Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "@helmcast/config";
import { loadRelaySettings, type RelaySettings, relayHelp } from "@helmcast/config/load";
import { createLog, forgetSecrets, systemClock } from "@helmcast/runtime";
import { createGateway, type Gateway } from "./gateway.ts";
import { describeStart, listAddresses } from "./status/announce.ts";
import { createLogDestination } from "./status/log-file.ts";

/** Within this time a second signal is the same Ctrl-C, sent once by the terminal and once by a parent that passes signals on, in ms. */
const sameSignalMs = 1000;

/** Longest ordered stop, in ms; after that the process ends anyway, and the lifelines of the children end those. */
const stopLimitMs = 15_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

/** Reads the settings and runs the gateway until a signal, or until whoever started it is gone. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) {
    say(relayHelp());
    return;
  }
  const loaded = loadRelaySettings({ argv, env: process.env, cwd: process.cwd() });
  if (!loaded.ok) {
    for (const fault of loaded.faults) {
      complain(fault);
    }
    process.exitCode = 1;
    return;
  }
  // The engine, the demo agent and every ffmpeg inherit this environment; none of them needs the administrator's password.
  forgetSecrets(process.env);
  await run(loaded.settings);
}

async function run(settings: RelaySettings): Promise<void> {
  const logFile = join(settings.dataDir, "helmcast.log");
  const destination = createLogDestination(logFile, (line) => process.stderr.write(line));
  const log = createLog({ name: "relay", level: settings.logLevel, destination });
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const gateway = await createGateway({
    settings,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    log,
    say,
    viewerDir: join(root, "viewer", "dist"),
    edgeMain: join(root, "edge", "src", "main.ts"),
  });
  stopWhenAsked(gateway);
  await gateway.start();
  const { engine, password, port } = gateway.news();
  const addresses = listAddresses(settings.host, port, networkInterfaces());
  const passwordSetting = settings.adminPassword === null ? "HELMCAST_ADMIN_PASSWORD_FILE" : "HELMCAST_ADMIN_PASSWORD";
  const news = { engine, addresses, account: gateway.account, password, passwordSetting, demo: settings.demo, logFile } as const;
  for (const line of describeStart(news)) {
    say(line);
  }
}

/** Stops in order on SIGINT, SIGTERM and SIGHUP, and when the pipe named by HELMCAST_LIFELINE_FD ends, which it does however its other end dies. A later second signal ends the process at once. */
function stopWhenAsked(gateway: Gateway): void {
  let askedMs: number | null = null;
  const stop = (signal: NodeJS.Signals | "lifeline") => {
    const nowMs = performance.now();
    if (askedMs !== null) {
      if (signal !== "lifeline" && nowMs - askedMs > sameSignalMs) {
        process.exit(1);
      }
      return;
    }
    askedMs = nowMs;
    if (signal !== "lifeline") {
      say("Stopping ...");
    }
    setTimeout(() => process.exit(1), stopLimitMs).unref();
    gateway.stop().then(
      () => process.exit(),
      () => process.exit(1),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => stop(signal));
  }
  const fd = Number(process.env["HELMCAST_LIFELINE_FD"] ?? "");
  if (Number.isInteger(fd) && fd > 2) {
    const lifeline = new Socket({ fd, readable: true, writable: false });
    lifeline.on("close", () => stop("lifeline"));
    lifeline.on("error", () => lifeline.destroy());
    lifeline.resume().unref();
  }
}

main().catch((error: unknown) => {
  // A start that a signal ended is no fault, and the stop that is under way ends the process.
  if (error instanceof AppError && error.code === "HC_START_CANCELLED") {
    return;
  }
  complain(error instanceof AppError ? `${error.message} (${error.code})` : String(error instanceof Error ? error.stack : error));
  // A start that fails has undone itself; whatever still holds the process must not.
  process.exit(1);
});
