// Programs that come from the system: found, or installed by apt where we may.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findOnPath, productNode, root } from "./places.mjs";
import { runProgram, runStep, SetupError, showProgress } from "./run-step.mjs";

/** How to become root for apt: [] as root, ["sudo", "-n"] with passwordless sudo, null otherwise. */
async function rootPrefix() {
  if (process.getuid?.() === 0) {
    return [];
  }
  if (findOnPath("sudo") === null) {
    return null;
  }
  try {
    await runProgram("sudo", ["-n", "true"], { timeoutMs: 5000 });
    return ["sudo", "-n"];
  } catch {
    return null;
  }
}

async function installByApt(packages, advice) {
  const prefix = findOnPath("apt-get") === null ? null : await rootPrefix();
  if (prefix === null) {
    throw new SetupError(advice);
  }
  const apt = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  const run = (label, args) => runStep(label, apt[0], [...apt.slice(1), ...args], { advice });
  await run("Updating the package lists", ["update"]);
  await run(`Installing ${packages.join(", ")}`, ["install", "-y", "--no-install-recommends", ...packages]);
}

/** Makes sure that ffmpeg is there. */
export async function ensureFfmpeg() {
  if (findOnPath("ffmpeg") === null || findOnPath("ffprobe") === null) {
    await installByApt(
      ["ffmpeg"],
      "Helmcast needs ffmpeg. Install it (Debian, Ubuntu: sudo apt install ffmpeg; macOS: brew install ffmpeg) and run this again.",
    );
  }
}

/** Makes sure that mosquitto is there; the tests drive a real one. */
export async function ensureMosquitto() {
  const found = findOnPath("mosquitto") !== null || existsSync("/usr/sbin/mosquitto");
  if (!found) {
    await installByApt(
      ["mosquitto", "mosquitto-clients"],
      "The tests need mosquitto. Install it (Debian, Ubuntu: sudo apt install mosquitto mosquitto-clients) and run this again.",
    );
  }
}

/** Makes sure that coturn is there, where it can be had: the tests prove TURN with a real one, and say so where they leave that out. */
export async function ensureCoturn() {
  if (findOnPath("turnserver") !== null) {
    return;
  }
  try {
    await maskService("coturn");
    await installByApt(["coturn"], "Install coturn for the TURN proof (Debian, Ubuntu: sudo apt install coturn).");
  } catch {
    process.stdout.write("  coturn is not to be had here: the TURN proof is left out.\n");
  }
}

/** Keeps a package's service from starting with its installation: coturn's would relay for everybody who finds it. */
async function maskService(name) {
  const prefix = findOnPath("systemctl") === null ? null : await rootPrefix();
  if (prefix !== null) {
    const command = [...prefix, "systemctl", "mask", name];
    await runProgram(command[0], command.slice(1), { timeoutMs: 30_000 });
  }
}

/** Finds a Chromium for the tests: one that is installed, else Playwright's own, else apt's. Returns its path. */
export async function ensureChromium() {
  const installed = findInstalledChromium();
  if (installed !== null) {
    return installed;
  }
  const own = await installPlaywrightChromium();
  if (own !== null) {
    return own;
  }
  await installByApt(
    ["chromium"],
    "The tests need Chromium. Install it (Debian: sudo apt install chromium) or name one with HELMCAST_CHROMIUM.",
  );
  return findInstalledChromium() ?? "chromium";
}

function findInstalledChromium() {
  const named = process.env.HELMCAST_CHROMIUM;
  if (named) {
    if (!existsSync(named)) {
      throw new SetupError(`HELMCAST_CHROMIUM names ${named}, which is not there. Name a Chromium, or unset it.`);
    }
    return named;
  }
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
  return names.map(findOnPath).find((path) => path !== null) ?? null;
}

/** Playwright's own browser: already downloaded, or downloaded now within two minutes; null where that can't be had. */
async function installPlaywrightChromium() {
  const locate = "const { chromium } = require('@playwright/test'); process.stdout.write(chromium.executablePath());";
  const path = await runProgram(productNode, ["-e", locate], { cwd: root });
  if (existsSync(path)) {
    return path;
  }
  const finish = showProgress("Downloading Playwright's Chromium");
  try {
    const cli = join(root, "node_modules", "@playwright", "test", "cli.js");
    await runProgram(productNode, [cli, "install", "chromium"], { cwd: root, timeoutMs: 120_000 });
    finish();
    return existsSync(path) ? path : null;
  } catch {
    finish("not to be had, trying the system's packages");
    return null;
  }
}
