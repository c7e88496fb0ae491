import { AppError } from "@helmcast/config";
import { createLog, systemClock } from "@helmcast/runtime";
import { createEmbeddedRelay, embeddedVersion } from "./relay.ts";
import { loadSettings } from "./settings/load-settings.ts";

const help = `Usage: node main.ts <mediamtx.yml>

Helmcast's embedded relay, for trying Helmcast out and for its tests: the part of MediaMTX ${embeddedVersion.split("+")[0]} that the gateway uses, in
one Node process. It reads the same mediamtx.yml. For real use set MEDIAMTX_BIN to a MediaMTX binary.
`;

async function main(argument: string | undefined): Promise<void> {
  if (argument === undefined || argument === "--help" || argument === "-h") {
    (argument === undefined ? process.stderr : process.stdout).write(help);
    process.exitCode = argument === undefined ? 1 : 0;
    return;
  }
  const { settings, ignored } = loadSettings(argument);
  const log = createLog({ name: "embedded-relay", level: settings.logLevel });
  if (ignored.length > 0) {
    log.debug({ keys: ignored }, "these settings have no effect in the embedded relay");
  }
  const relay = createEmbeddedRelay({ settings, clock: systemClock, random: Math.random, log });
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, "the embedded relay stops");
    relay.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  await relay.start();
  log.info({ version: embeddedVersion, ports: relay.ports() }, "the embedded try-out relay is ready (not MediaMTX: for trials and tests)");
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof AppError ? `${error.code}: ${error.message}` : String(error)}\n`);
  process.exit(1);
});
