import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RtspTestClient, startTestRelay, type TestRelay } from "../rtsp/test-support.ts";
import { paginate } from "./paginate.ts";

let test: TestRelay;

beforeAll(async () => {
  test = await startTestRelay();
});

afterAll(async () => {
  await test.stop();
});

describe("control API", () => {
  it("asks the callback about every request and answers 401 with a challenge to who shows nothing", async () => {
    const ports = test.relay.ports();
    const response = await fetch(`http://127.0.0.1:${ports.api}/v3/info`);
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="mediamtx"']);
    expect(await response.json()).toEqual({ status: "error", error: "authentication error" });
    const wrong = await fetch(`http://127.0.0.1:${ports.metrics}/metrics`, { headers: { authorization: "Bearer no" } });
    expect([wrong.status, wrong.headers.get("www-authenticate")]).toEqual([401, null]);
  });

  it("says version and start", async () => {
    const { body } = await test.api("/v3/info");
    expect(body["version"]).toMatch(/^v1\.20\.\d+\+embedded$/);
    expect(Date.parse(String(body["started"]))).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    ["GET", "/v3/paths/get/no/such", 404],
    ["GET", "/v3/paths/get/", 400],
    ["GET", "/v3/nothing", 404],
    ["POST", "/v3/info", 404],
    ["GET", "/v3/rtspsessions/get/x", 400],
    ["GET", "/v3/rtspsessions/get/6f0888df-f59f-4aea-92d1-5a5ba7cd0db7", 404],
    ["GET", "/v3/webrtcsessions/list", 404],
    ["GET", "/v3/paths/list?itemsPerPage=0", 400],
    ["GET", "/v3/paths/list?page=x", 400],
    ["GET", "/v3/config/paths/get/none", 404],
    ["DELETE", "/v3/config/paths/delete/none", 404],
    ["PATCH", "/v3/config/paths/patch/none", 404],
    ["GET", "/v3/%zz", 400],
  ])("%s %s is %i with an error text", async (method, path, status) => {
    const reply = await test.api(path, { method });
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ status: "error", error: expect.stringMatching(/.+/) });
  });

  it("makes, changes and takes away path entries in memory", async () => {
    const call = (method: string, verb: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> =>
      test.api(`/v3/config/paths/${verb}/extra`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    expect(await call("POST", "add", { maxReaders: 3 })).toEqual({ status: 200, body: { status: "ok" } });
    expect((await call("POST", "add", {})).status).toBe(400);
    expect((await call("PATCH", "patch", { nonsense: 1 })).status).toBe(400);
    expect((await call("GET", "get")).body).toEqual({ name: "extra", source: "publisher", overridePublisher: true, maxReaders: 3 });
    const publisher = new RtspTestClient(test.rtspPort);
    expect(await publisher.publish("extra")).toMatch(/^RTSP\/1.0 200/);
    expect((await call("DELETE", "delete")).status).toBe(200);
    expect((await test.api("/v3/paths/get/extra")).status).toBe(404);
    publisher.close();
  });

  it("shows the settings without their secrets", async () => {
    const { body } = await test.api("/v3/config/global/get");
    expect(body).toMatchObject({ authMethod: "http", readTimeout: "5s" });
    expect(JSON.stringify(body)).not.toContain("callback");
  });

  it("passes the whole query on to the callback", async () => {
    await test.api("/v3/info?a=1?b=2");
    expect(test.asked.at(-1)).toMatchObject({ query: "a=1?b=2" });
  });

  it("refuses a body over its bound and one that is no JSON", async () => {
    const large = await test.api("/v3/config/paths/add/big", { method: "POST", body: "x".repeat(200_000) });
    expect(large.status).toBe(400);
    expect((await test.api("/v3/config/paths/add/bad", { method: "POST", body: "{" })).status).toBe(400);
  });

  it("writes metrics with the names of MediaMTX", async () => {
    const publisher = new RtspTestClient(test.rtspPort);
    await publisher.publish("dev/main");
    const response = await fetch(`http://127.0.0.1:${test.relay.ports().metrics}/metrics`, { headers: { authorization: "Bearer a:pw" } });
    const text = await response.text();
    expect(text).toContain('paths{name="dev/main",state="ready"} 1\n');
    expect(text).toContain('paths{name="fixed/one",state="notReady"} 1\n');
    expect(text).toContain('rtsp_sessions{state="publish"} 1\n');
    expect(text).toContain("webrtc_sessions 0\n");
    publisher.close();
  });
});

describe("paginate", () => {
  const items = Array.from({ length: 250 }, (_item, index) => index);
  it.each([
    ["", 250, 3, 0, 100],
    ["page=2", 250, 3, 200, 50],
    ["page=9", 250, 3, undefined, 0],
    ["itemsPerPage=200&page=1", 250, 2, 200, 50],
  ])("%s", (query, itemCount, pageCount, first, length) => {
    const page = paginate(items, new URLSearchParams(query));
    expect(page).toMatchObject({ itemCount, pageCount });
    expect(typeof page === "string" ? [] : [page.items[0], page.items.length]).toEqual([first, length]);
  });
});
