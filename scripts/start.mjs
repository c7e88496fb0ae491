// `npm start`: set everything up, then run the gateway, which runs the rest.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installDependencies } from "./setup/dependencies.mjs";
import { productNode, root } from "./setup/places.mjs";
import { SetupError } from "./setup/run-step.mjs";
import { ensureFfmpeg } from "./setup/system-programs.mjs";
import { buildViewer } from "./setup/viewer-build.mjs";
import { watchAncestors } from "./setup/watch-ancestors.mjs";

async function setUp() {
  await installDependencies();
  await ensureFfmpeg();
  await buildViewer();
}

/** Runs the gateway until it ends. It holds the other end of a pipe on fd 3, so it also ends when this process is killed. */
function runGateway() {
  const gateway = spawn(productNode, [join(root, "relay", "src", "main.ts"), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...process.env, HELMCAST_LIFELINE_FD: "3" },
  });
  // In a terminal Ctrl-C reaches the gateway by itself; a signal sent to us alone has to be handed on. TERM is safe to get twice.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => gateway.kill("SIGTERM"));
  }
  watchAncestors(() => gateway.kill("SIGTERM"));
  gateway.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 0);
    process.exit();
  });
}

try {
  const wantsHelp = process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h");
  await (wantsHelp ? installDependencies() : setUp());
  runGateway();
} catch (error) {
  if (!(error instanceof SetupError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
