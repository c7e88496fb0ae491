// `npm test`: set everything up, run every check and test, and end with one line 'N passed, N failed'.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDependencies, installTools } from "./setup/dependencies.mjs";
import { productNode, root } from "./setup/places.mjs";
import { SetupError } from "./setup/run-step.mjs";
import { ensureChromium, ensureCoturn, ensureFfmpeg, ensureMosquitto } from "./setup/system-programs.mjs";
import { buildViewer } from "./setup/viewer-build.mjs";

const help = `npm test: set up and run every check and test.

  npm test                      everything
  npm run check                 format, lint, types, unused files and packages, viewer build and its byte budget
  npm run test:unit             unit and house tests
  npm run test:contract         the engine contract, against the embedded relay and a MediaMTX (MEDIAMTX_BIN or PATH) if there is one
  npm run test:security         who may do what, attacks, and ten thousand odd requests
  npm run test:drive            the vehicle's stops, each fault once, measured at its wheels
  npm run test:e2e              a real Chromium against the running product
  node scripts/test.mjs --only unit
  node scripts/test.mjs --help

The last line is 'N passed, N failed'.`;

const results = mkdtempSync(join(tmpdir(), "helmcast-test-"));
const tool = (name) => join(root, "tools", "node_modules", ".bin", name);
const script = (...parts) => join(root, "node_modules", ...parts);

/** Every step of the run, in order. `report` names the JSON file that tells the counts; a step without one counts as one check. */
const steps = [
  { group: "check", name: "format and lint", command: tool("biome"), args: ["check", "--error-on-warnings", "."] },
  { group: "check", name: "types", command: productNode, args: [script("typescript", "bin", "tsc"), "-b"] },
  {
    group: "check",
    name: "unused files and packages",
    command: tool("knip"),
    args: ["--include", "files,dependencies,unlisted,unresolved", "--no-config-hints"],
  },
  { group: "check", name: "byte budget", command: productNode, args: [join(root, "viewer", "scripts", "check-budget.ts")] },
  vitestStep("unit", "unit and house tests", "vitest.config.ts"),
  vitestStep("contract", "contract", join("tests", "vitest.contract.config.ts")),
  vitestStep("security", "security proofs", join("tests", "vitest.security.config.ts")),
  vitestStep("drive", "driving proofs", join("tests", "vitest.drive.config.ts")),
  {
    group: "e2e",
    name: "end to end",
    command: productNode,
    args: [script("@playwright", "test", "cli.js"), "test", "--config", join("tests", "playwright.config.ts"), "--reporter=list,json"],
    report: "e2e.json",
    read: readPlaywright,
    reportVariable: "PLAYWRIGHT_JSON_OUTPUT_NAME",
  },
];

function vitestStep(group, name, config) {
  const report = `${group}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${join(results, report)}`];
  const args = [script("vitest", "vitest.mjs"), "run", "--config", config, ...reporters];
  return { group, name, command: productNode, args, report, read: readVitest };
}

function readVitest(text) {
  const report = JSON.parse(text);
  const brokenFiles = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles };
}

function readPlaywright(text) {
  const { stats, errors } = JSON.parse(text);
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length };
}

/** The step that runs now, and whether somebody asked us to end. */
const running = { child: null, interrupted: false };

/** Hands a signal on to the running step, after which nothing more is started. */
function interrupt() {
  running.interrupted = true;
  if (running.child === null) {
    rmSync(results, { recursive: true, force: true });
    process.exit(1);
  }
  running.child.kill("SIGTERM");
}

/** Runs one step with its output shown; a step that ends badly without a readable report counts as one failure. */
async function runStep(step, env) {
  process.stdout.write(`\n== ${step.name}\n`);
  const reportFile = step.report === undefined ? null : join(results, step.report);
  const variables = step.reportVariable === undefined ? {} : { [step.reportVariable]: reportFile };
  const startedAt = Date.now();
  const code = await new Promise((resolve) => {
    const child = spawn(step.command, step.args, { cwd: root, env: { ...env, ...variables }, stdio: ["ignore", "inherit", "inherit"] });
    running.child = child;
    child.on("error", () => resolve(127));
    child.on("close", (exitCode) => resolve(exitCode ?? 1));
  });
  running.child = null;
  const counts = readCounts(step, reportFile, code);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  process.stdout.write(`-- ${step.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s\n`);
  return counts;
}

function readCounts(step, reportFile, code) {
  if (reportFile === null) {
    return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  }
  try {
    const counts = step.read(readFileSync(reportFile, "utf8"));
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function setUp(groups) {
  await installDependencies();
  const env = { ...process.env };
  if (groups.has("check")) {
    await installTools();
  }
  if (["unit", "contract", "security", "drive", "e2e"].some((group) => groups.has(group))) {
    await ensureFfmpeg();
    await ensureMosquitto();
  }
  if (groups.has("security") || groups.has("e2e")) {
    await ensureCoturn();
  }
  if (groups.has("e2e")) {
    env.HELMCAST_CHROMIUM = await ensureChromium();
  }
  await buildViewer();
  return env;
}

function chooseGroups(args) {
  const all = new Set(steps.map((step) => step.group));
  const index = args.indexOf("--only");
  if (index === -1) {
    return all;
  }
  const wanted = args[index + 1] ?? "";
  if (!all.has(wanted)) {
    throw new SetupError(`--only takes one of ${[...all].join(", ")}, not "${wanted}".`);
  }
  return new Set([wanted]);
}

async function main() {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return 0;
  }
  const groups = chooseGroups(args);
  const env = await setUp(groups);
  const total = { passed: 0, failed: 0 };
  for (const step of steps.filter((candidate) => groups.has(candidate.group))) {
    if (running.interrupted) {
      break;
    }
    const counts = await runStep(step, env);
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 && !running.interrupted ? 0 : 1;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, interrupt);
}
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) {
    throw error;
  }
  console.error(`${error.message}\n\n0 passed, 1 failed`);
  process.exitCode = 1;
} finally {
  rmSync(results, { recursive: true, force: true });
}
