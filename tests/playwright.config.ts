import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const systemChromium = "/usr/bin/chromium";
const chosen = process.env["HELMCAST_CHROMIUM"] ?? (existsSync(systemChromium) ? systemChromium : null);

// One worker and one running copy: two cores have an encoder, a relay and a browser to carry already.
export default defineConfig({
  testDir: "./e2e",
  outputDir: "./test-results",
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  globalTimeout: 1_200_000,
  forbidOnly: process.env["CI"] !== undefined,
  reporter: "list",
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    // Requests that a service worker makes do not pass through the tests' own routes.
    serviceWorkers: "block",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(chosen === null ? {} : { executablePath: chosen }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--allow-loopback-in-peer-connection",
        "--autoplay-policy=no-user-gesture-required",
      ],
    },
  },
});
