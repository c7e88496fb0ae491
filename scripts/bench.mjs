// npm run bench: sets everything up, then measures Helmcast beside MediaMTX in a real browser and prints one table.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installDependencies } from "./setup/dependencies.mjs";
import { productNode, root } from "./setup/places.mjs";
import { SetupError } from "./setup/run-step.mjs";
import { ensureChromium, ensureFfmpeg } from "./setup/system-programs.mjs";
import { buildViewer } from "./setup/viewer-build.mjs";

async function setUp() {
  await installDependencies();
  await ensureFfmpeg();
  await buildViewer();
  return { HELMCAST_CHROMIUM: await ensureChromium() };
}

/** Runs the measurement until it ends; signals are handed on, so that it can end its children. */
function runBench(extraEnv) {
  const bench = spawn(
    productNode,
    ["--disable-warning=ExperimentalWarning", join(root, "tests", "bench", "main.ts"), ...process.argv.slice(2)],
    {
      stdio: "inherit",
      env: { ...process.env, ...extraEnv },
    },
  );
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => bench.kill("SIGTERM"));
  }
  bench.on("error", (error) => {
    console.error(`The bench could not be started: ${error.message}`);
    process.exit(1);
  });
  bench.on("exit", (code) => {
    process.exit(code ?? 1);
  });
}

try {
  const wantsHelp = process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h");
  if (wantsHelp) {
    await installDependencies();
  }
  runBench(wantsHelp ? {} : await setUp());
} catch (error) {
  if (!(error instanceof SetupError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
