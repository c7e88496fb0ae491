import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cameraUrls, loginReplySchema, routes } from "@helmcast/config";
import { findFreeShift } from "@helmcast/config/rig";
import type { BrowserContext } from "@playwright/test";
import { stringify } from "yaml";
import { waitFor } from "../../contract/rig/wait.ts";
import { cleanEnv } from "../../rig/clean-env.ts";
import type { Sampler } from "../page/sampler.ts";
import type { Cleanup } from "./cleanup.ts";
import { benchCamera, benchDevice } from "./source.ts";
import type { Seat, Target, Way } from "./target.ts";

const relayMain = fileURLToPath(new URL("../../../relay/src/main.ts", import.meta.url));
const account = "admin";
const startLimitMs = 30_000;
/** The first playlist of a cold path waits for a segment; a gateway that takes longer than this is stuck, ms. */
const requestLimitMs = 10_000;
/** The gateway's own ordered stop takes 15 s at the most. */
const stopLimitMs = 17_000;
const maxOutputChars = 20_000;

/** The page's global, as the script of build-script.ts makes it. */
declare const helmcastSampler: Sampler;

/** Starts the product as `npm start` does, with the bench's camera as its demo. `mediamtx` null means the embedded relay. */
export async function startHelmcast(mediamtx: string | null, cleanup: Cleanup): Promise<Target> {
  const { base: portBase, ports } = await findFreeShift();
  const folder = mkdtempSync(join(tmpdir(), "helmcast-bench-"));
  const demo = join(folder, "edge.yaml");
  writeFileSync(demo, stringify({ device: benchDevice, cameras: [benchCamera] }));
  const password = randomBytes(12).toString("base64url");
  const engine = mediamtx === null ? { HELMCAST_ENGINE: "embedded" } : { HELMCAST_ENGINE: "mediamtx", MEDIAMTX_BIN: mediamtx };
  const gateway = spawn(process.execPath, [relayMain], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: {
      ...cleanEnv(),
      ...engine,
      HELMCAST_LIFELINE_FD: "3",
      HELMCAST_DATA: join(folder, "data"),
      HELMCAST_HOST: "127.0.0.1",
      HELMCAST_PORT: String(ports.gateway),
      HELMCAST_PORT_BASE: String(portBase),
      HELMCAST_ADMIN_PASSWORD: password,
      HELMCAST_DEMO: "on",
      HELMCAST_DEMO_CONFIG: demo,
    },
  });
  const output = keepOutput(gateway);
  const close = cleanup.add(async () => {
    await stopProcess(gateway);
    rmSync(folder, { recursive: true, force: true });
  });
  const base = `http://127.0.0.1:${ports.gateway}`;
  const isOnline = createOnlineCheck(base, password);
  await waitFor("the camera at Helmcast", () => isOnline().catch(() => false), startLimitMs).catch((error: unknown) => {
    throw new Error(`Helmcast did not come up: ${output()}`, { cause: error });
  });
  return { ways: ["whep", "hls"], openSeat: (context, way) => openSeat(context, way, base, password), close };
}

function keepOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-maxOutputChars);
    });
  }
  return () => text;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
  await exited;
  clearTimeout(timer);
}

/** Says whether the camera has a playlist, so that no row waits for the camera itself. Signs in at the first call that succeeds. */
function createOnlineCheck(base: string, password: string): () => Promise<boolean> {
  let token: string | null = null;
  const signIn = async (): Promise<string> => {
    const reply = await fetch(base + routes.login, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: account, password }),
      signal: AbortSignal.timeout(requestLimitMs),
    });
    return loginReplySchema.parse(await reply.json()).accessToken;
  };
  return async () => {
    token ??= await signIn();
    const playlist = await fetch(base + cameraUrls({ device: benchDevice, camera: benchCamera.id }).hls, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(requestLimitMs),
    });
    return playlist.ok;
  };
}

/** Signs in like a person. LL-HLS is what the viewer plays in a browser without WebRTC. */
async function openSeat(context: BrowserContext, way: Way, base: string, password: string): Promise<Seat> {
  if (way === "hls") {
    await context.addInitScript("delete globalThis.RTCPeerConnection;");
  }
  const page = await context.newPage();
  await page.goto(base);
  await page.fill("#user", account);
  await page.fill("#password", password);
  await page.click("#sign-in");
  await page.waitForSelector(`a[href="#/watch/${benchDevice}/${benchCamera.id}"]`);
  return {
    page,
    join: () =>
      page.evaluate(
        ([rung, camera]) => {
          helmcastSampler.begin(`.layer-${rung}`, `[data-top="${rung}"]`);
          window.location.hash = `#/watch/${camera}`;
        },
        [way, `${benchDevice}/${benchCamera.id}`] as const,
      ),
    leave: async () => {
      await page.evaluate(() => {
        window.location.hash = "#/";
      });
      await page.waitForSelector("#stage", { state: "detached" });
    },
  };
}
