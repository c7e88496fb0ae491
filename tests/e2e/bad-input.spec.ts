import { cameraUrls, routes } from "@helmcast/config";
import { expect } from "@playwright/test";
import { waitFor, within } from "../contract/rig/wait.ts";
import { ask, type Question } from "../rig/ask.ts";
import { oddStreams, publish } from "../rig/publish.ts";
import { beginSampling, distinctStamps, largestStepBackMs, sampleUntil } from "../rig/read-stage.ts";
import { openDemoCamera, signIn, test } from "../rig/viewer-test.ts";

const { whep, hls } = cameraUrls({ device: "picarx", camera: "front" });
const sdp = { "content-type": "application/sdp" };
const unknown = cameraUrls({ device: "picarx", camera: "nowhere" });

const refusals: ReadonlyArray<Question & { readonly name: string; readonly status: number; readonly code: string }> = [
  {
    name: "an offer that is no SDP",
    method: "POST",
    target: whep,
    headers: sdp,
    body: "hello",
    status: 400,
    code: "HC_GATEWAY_OFFER_INVALID",
  },
  { name: "an empty offer", method: "POST", target: whep, headers: sdp, body: "", status: 400, code: "HC_GATEWAY_OFFER_INVALID" },
  {
    name: "an offer of another type",
    method: "POST",
    target: whep,
    headers: { "content-type": "text/plain" },
    body: "v=0",
    status: 415,
    code: "HC_GATEWAY_BODY_TYPE",
  },
  {
    name: "an offer over 128 KiB",
    method: "POST",
    target: whep,
    headers: sdp,
    body: "a".repeat(200_000),
    status: 413,
    code: "HC_GATEWAY_BODY_TOO_LARGE",
  },
  {
    name: "a sign-in over 4 KiB",
    method: "POST",
    target: routes.login,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "a", password: "b".repeat(5000) }),
    status: 413,
    code: "HC_GATEWAY_BODY_TOO_LARGE",
  },
  {
    name: "a sign-in that is no JSON",
    method: "POST",
    target: routes.login,
    headers: { "content-type": "application/json" },
    body: "{",
    status: 400,
    code: "HC_GATEWAY_BAD_BODY",
  },
  { name: "dot segments", target: "/live/picarx/../../etc/passwd", status: 400, code: "HC_GATEWAY_BAD_PATH" },
  { name: "encoded dot segments", target: "/live/picarx/%2e%2e/front/whep", status: 400, code: "HC_GATEWAY_BAD_PATH" },
  { name: "an encoded slash", target: "/live/picarx%2Ffront/hls/index.m3u8", status: 400, code: "HC_GATEWAY_BAD_PATH" },
  { name: "a broken escape", target: "/live/%zz/front/hls/index.m3u8", status: 400, code: "HC_GATEWAY_BAD_PATH" },
  { name: "an unknown camera over HLS", target: unknown.hls, status: 404, code: "HC_GATEWAY_CAMERA_UNKNOWN" },
  { name: "a playlist query from nowhere", target: `${hls}?_HLS_msn=abc`, status: 400, code: "HC_GATEWAY_HLS_QUERY" },
  {
    name: "a file that no stream has",
    target: hls.replace("index.m3u8", "nothing.mp4"),
    status: 404,
    code: "HC_GATEWAY_NOT_FOUND",
  },
  {
    name: "a part that is long gone",
    target: hls.replace("index.m3u8", "0123456789ab_video1_part1.mp4"),
    status: 404,
    code: "HC_GATEWAY_HLS_FILE_GONE",
  },
  { name: "a method that WHEP does not have", method: "PUT", target: whep, status: 405, code: "HC_GATEWAY_METHOD" },
];

test("bad requests get their own refusal and do not disturb a running picture", async ({ page, stack }) => {
  await openDemoCamera(page, stack);
  await beginSampling(page);
  const headers = { authorization: `Bearer ${await stack.signIn()}` };
  for (const { name, status, code, ...question } of refusals) {
    await test.step(name, async () => {
      const reply = await ask(stack.url, { ...question, headers: { ...headers, ...question.headers } });
      expect.soft({ status: reply.status, code: reply.code }, name).toEqual({ status, code });
      expect.soft(reply.error, name).toMatch(/^[A-Z].*\.$/);
    });
  }
  const samples = await sampleUntil(page, "26 pictures", (seen) => distinctStamps(seen).length > 25, 5000);
  expect(samples.every(({ top }) => top === "whep")).toBe(true);
  expect(largestStepBackMs(samples)).toBe(0);
});

test("a camera with B-frames plays over LL-HLS, because WebRTC can't carry them", async ({ page, stack }) => {
  const publisher = await publish(stack, "bframes", oddStreams.bFrames);
  try {
    await waitFor("the camera to be online", () => stack.isOnline("picarx/bframes"));
    await signIn(page, stack);
    await page.locator('a.tile[data-camera="picarx/bframes"]').click();
    await expect(page.locator("#stage")).toHaveAttribute("data-rung", "hls", { timeout: 20_000 });
    await expect(page.locator("#status-line")).toContainText("over HTTP");
    const framesNow = async () => Number(await page.locator("#stage").getAttribute("data-frames"));
    const before = await framesNow();
    await expect.poll(framesNow).toBeGreaterThan(before + 20);
    expect(await stack.isOnline("picarx/front")).toBe(true);
  } finally {
    await publisher.stop();
  }
});

test("a camera in H.265 is refused where the engine can't pass it on", async ({ page, stack }) => {
  test.skip(stack.engineKind() !== "embedded", "MediaMTX takes H.265 for other readers");
  await openDemoCamera(page, stack);
  await beginSampling(page);
  const publisher = await publish(stack, "hevc", oddStreams.hevc);
  try {
    expect(await within("the refusal", publisher.refused, 10_000)).toMatch(/4\d\d/);
    expect(stack.log()).toContain("HC_EMBEDDED_CODEC");
    expect(await stack.isOnline("picarx/hevc")).toBe(false);
    const samples = await sampleUntil(page, "26 pictures", (seen) => distinctStamps(seen).length > 25, 5000);
    expect(samples.every(({ top }) => top === "whep")).toBe(true);
    expect(largestStepBackMs(samples)).toBe(0);
  } finally {
    await publisher.stop();
  }
});
