import { AppError } from "@helmcast/config";
import { edgeHelp, loadEdgeSettings } from "@helmcast/config/load";
import { createLog, forgetSecrets, silentLog, systemClock } from "@helmcast/runtime";
import { createAgent } from "./agent.ts";
import { runReplay } from "./blackbox/run-replay.ts";
import { type Asker, createAsker } from "./enrol/ask-person.ts";
import { runEnrol } from "./enrol/run-enrol.ts";

/** Exit codes: 0 after an ordered stop or an enrolment, 1 when the agent could not start or be enrolled, 2 for a wrong command line or settings file. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) {
    console.log(edgeHelp());
    return;
  }
  if (argv[0] === "enrol") {
    process.exitCode = await enrol(argv.slice(1));
    return;
  }
  if (argv[0] === "replay") {
    const say = (line: string) => console.log(line);
    process.exitCode = runReplay({ argv: argv.slice(1), say, complain: (line) => console.error(line) });
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
  // The last thing that a program with a fault in it does is to let go of the vehicle; then it ends as it would have.
  process.on("uncaughtExceptionMonitor", () => agent.neutralise());
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

async function enrol(argv: readonly string[]): Promise<number> {
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort());
  process.once("SIGTERM", () => abort.abort());
  const env = { ...process.env };
  forgetSecrets(process.env);
  const askers: Asker[] = [];
  const exitCode = await runEnrol({
    argv,
    env,
    cwd: process.cwd(),
    signal: abort.signal,
    clock: systemClock,
    log: silentLog(),
    ask(question) {
      // Opened only when there is something to ask: an open terminal keeps the process alive.
      const asker = askers[0] ?? createAsker(process.stdin, process.stdout, abort);
      askers[0] = asker;
      return asker.ask(question);
    },
    say: (line) => console.log(line),
    complain: (line) => console.error(line),
  });
  askers[0]?.close();
  return exitCode;
}

await main();
