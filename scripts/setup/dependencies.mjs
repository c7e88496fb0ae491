// npm packages and the Node that comes with them.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashContents, productNode, root } from "./places.mjs";
import { runStep, SetupError } from "./run-step.mjs";

/** The npm that runs us, or the one on PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith(".js") ? { command: process.execPath, first: [script] } : { command: "npm", first: [] };
}

function isUpToDate(marker, hash) {
  return existsSync(marker) && readFileSync(marker, "utf8") === hash;
}

/** Installs the locked packages with `npm ci` unless they are there already; then no network is used. */
export async function installDependencies() {
  const marker = join(root, "node_modules", ".helmcast-lock");
  const hash = hashContents([join(root, "package-lock.json")]);
  if (!isUpToDate(marker, hash)) {
    const npm = npmCommand();
    await runStep("Installing packages", npm.command, [...npm.first, "ci", "--include=dev", "--no-audit", "--no-fund"], {
      cwd: root,
      advice: "The packages could not be installed. Check the network (or the npm registry setting) and run the command again.",
    });
    writeFileSync(marker, hash);
  }
  checkProductNode();
}

/** Installs the formatter, the linter and the dead-code finder, which live apart from the product. */
export async function installTools() {
  const folder = join(root, "tools");
  const marker = join(folder, "node_modules", ".helmcast-lock");
  const hash = hashContents([join(folder, "package.json")]);
  if (!isUpToDate(marker, hash)) {
    const npm = npmCommand();
    await runStep("Installing the check tools", npm.command, [...npm.first, "install", "--no-audit", "--no-fund", "--no-package-lock"], {
      cwd: folder,
      advice: "The check tools could not be installed. Check the network and run the command again.",
    });
    writeFileSync(marker, hash);
  }
}

function checkProductNode() {
  const missing =
    "Helmcast runs on Node 24, which comes as an npm package, but its binary is not there. " +
    "If your npm is set to ignore scripts, run: npm rebuild node --ignore-scripts=false";
  if (!existsSync(productNode)) {
    throw new SetupError(missing);
  }
  try {
    const version = execFileSync(productNode, ["--version"], { encoding: "utf8" }).trim();
    if (!version.startsWith("v24.")) {
      throw new SetupError(`Helmcast needs Node 24 in node_modules and found ${version}. Run: npm ci`);
    }
  } catch (error) {
    throw error instanceof SetupError ? error : new SetupError(missing, { cause: error });
  }
}
