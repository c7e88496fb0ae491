import { AppError } from "@helmcast/config";
import { edgeHelp, loadEdgeSettings } from "@helmcast/config/load";
import { createLog, forgetSecrets, systemClock } from "@helmcast/runtime";
import { createAgent } from "./agent.ts";

/** Exit codes: 0 after an ordered stop, 1 when the agent could not start, 2 for a wrong command line or settings file. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) {
    console.log(edgeHelp());
    return;
  }
  const loaded = loadEdgeSettings({ argv, env: process.env, cwd: process.cwd() });
  if (!loaded.ok) {
    console.error(`The edge agent's settings are wrong:\n${loaded.faults.map((fault) => `  ${fault}`).join("\n")}\nTry --help.`);
    process.exitCode = 2;
    return;
  }
  // Camera programs, ffmpeg and the motor process inherit this environment; what they need of it is no secret.
  forgetSecrets(process.env);
  const { settings } = loaded;
  const log = createLog({ name: "edge", level: settings.logLevel, pretty: process.stdout.isTTY === true });
  const agent = createAgent({ settings, clock: systemClock, random: Math.random, log });
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) {
      return;
    }
    stopping = true;
    log.info({ signal }, "stopping");
    void agent.stop().then(() => process.exit());
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  log.info({ device: settings.device, relay: settings.relay.url, cameras: settings.cameras.map((camera) => camera.id) }, "edge agent");
  await agent.start().catch((error: unknown) => {
    if (!stopping) {
      log.error({ code: error instanceof AppError ? error.code : undefined }, error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
      stop("start failed");
    }
  });
}

await main();
