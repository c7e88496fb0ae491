import { findEngines } from "../contract/rig/engines.ts";
import { measureDriving } from "./driving/measure-driving.ts";
import { type BenchOptions, benchHelp, readOptions, type SectionName } from "./options.ts";
import { measurePicture } from "./picture.ts";
import { type Cleanup, createCleanup } from "./rig/cleanup.ts";
import { measureHlsLoad } from "./sections/hls-load.ts";
import { measureRevocation } from "./sections/revocation.ts";
import type { Section } from "./sections/section.ts";
import { measureWhepSetup } from "./sections/whep-setup.ts";

/** The whole run is given up after this long and the time that was asked for, in ms. */
const spareLimitMs = 6_000_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

const sections: Readonly<Record<Exclude<SectionName, "picture" | "driving">, Section>> = {
  "hls-load": measureHlsLoad,
  "whep-setup": measureWhepSetup,
  revocation: measureRevocation,
};

async function run(options: BenchOptions, cleanup: Cleanup): Promise<void> {
  const { found, missing } = findEngines();
  for (const engine of missing.filter((one) => options.engines.includes(one.kind))) {
    say(`Not measured: ${engine.kind}: ${engine.why}.`);
  }
  for (const name of options.only) {
    if (name === "picture") {
      say(`\n${await measurePicture(options, cleanup, say)}`);
      continue;
    }
    if (name === "driving") {
      say(`\n${await measureDriving(cleanup, say)}`);
      continue;
    }
    for (const engine of found.filter((one) => options.engines.includes(one.kind))) {
      say(`${name}, ${engine.kind}: starting`);
      say(`\n${await sections[name]({ engine, cleanup, say })}\n`);
    }
  }
}

async function main(): Promise<void> {
  const reading = readOptions(process.argv.slice(2));
  if (reading.kind !== "run") {
    (reading.kind === "help" ? say : complain)(reading.kind === "help" ? benchHelp : reading.sentence);
    process.exit(reading.kind === "help" ? 0 : 1);
  }
  const cleanup = createCleanup();
  const end = (code: number): void => {
    void cleanup.run().finally(() => process.exit(code));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => end(130));
  }
  setTimeout(
    () => {
      complain("The bench took too long and is given up.");
      end(1);
    },
    spareLimitMs + reading.options.seconds * 14_000,
  ).unref();
  await run(reading.options, cleanup).then(
    () => end(0),
    (error: unknown) => {
      complain(`Could not measure: ${error instanceof Error ? error.message : String(error)}`);
      end(1);
    },
  );
}

await main();
