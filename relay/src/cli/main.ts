import { createLog, systemClock } from "@helmcast/runtime";
import { runProgram } from "./run-program.ts";

/** npm runs a script in the package's folder and says in INIT_CWD where it was called. */
const typedIn = process.env["npm_lifecycle_event"] === "helmcast" ? process.env["INIT_CWD"] : undefined;

// Whoever reads may stop reading, as head does; that is no fault.
process.stdout.on("error", () => undefined);
process.exitCode = await runProgram({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  typedIn: typedIn ?? process.cwd(),
  input: process.stdin,
  colours: process.stdout.isTTY === true,
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  clock: systemClock,
  // For a person, what is behind an inner error; a program gets one line of JSON and nothing else.
  log: createLog({ name: "helmcast", level: process.argv.includes("--json") ? "silent" : "warn", destination: process.stderr }),
});
