import { createServer, type RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { Cleanup, listen } from "../rig/test-stack.ts";
import { createApiTransport } from "./api-transport.ts";
import { createEngineApi, type EngineApiClient } from "./engine-api.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

type Served = { api: EngineApiClient; requests: string[] };

async function serve(answer: RequestListener, callMs = 500): Promise<Served> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  const port = await listen(server, cleanup);
  const transport = createApiTransport({ origin: `http://127.0.0.1:${port}`, authorization: "Basic eDp5", callMs });
  cleanup.defer(() => transport.close());
  return { api: createEngineApi(transport), requests };
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const path = (name: string) => ({
  name,
  confName: "x",
  online: true,
  source: null,
  readers: null,
  tracks2: null,
  inboundBytes: 1,
  outboundBytes: 2,
});

describe("asking the engine", () => {
  it("sends its credentials and trims the version", async () => {
    const { api } = await serve((request, response) => {
      const allowed = request.headers.authorization === "Basic eDp5";
      json(allowed ? 200 : 401, { version: "v1.20.1\n", started: "2026-01-01T00:00:00Z" })(request, response);
    });
    expect(await api.info()).toEqual({ version: "v1.20.1", started: "2026-01-01T00:00:00Z" });
  });

  it("follows a list to its last page, and reads null lists as empty ones", async () => {
    const { api, requests } = await serve((request, response) => {
      const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page"));
      json(200, { itemCount: 3, pageCount: 2, items: page === 0 ? [path("a/b"), path("a/c")] : [path("a/d")] })(request, response);
    });
    const paths = await api.paths();
    expect(paths.map(({ name }) => name)).toEqual(["a/b", "a/c", "a/d"]);
    expect(paths[0]).toMatchObject({ readers: [], tracks2: [], inboundFramesInError: 0 });
    expect(requests).toEqual(["GET /v3/paths/list?page=0&itemsPerPage=500", "GET /v3/paths/list?page=1&itemsPerPage=500"]);
  });

  it("leaves a session's query out, because it may hold a token", async () => {
    const session = {
      id: "1a",
      created: "",
      remoteAddr: "",
      path: "a/b",
      query: "token=secret",
      user: "",
      userAgent: "",
      outboundBytes: 0,
    };
    const { api } = await serve(json(200, { itemCount: 1, pageCount: 1, items: [{ ...session, isCDN: true }] }));
    expect(JSON.stringify(await api.hlsSessions())).not.toContain("secret");
  });

  it("knows a path that is there from one that is not", async () => {
    expect(await (await serve(json(200, path("a/b")))).api.path("a/b")).toMatchObject({ online: true });
    expect(await (await serve(json(404, { error: "path not found" }))).api.path("a/b")).toBeNull();
  });

  it.each(["../info", "a", "a/b/c", "a/b?x=1", "A/b", ""])("never asks for the path %j", async (name) => {
    const { api, requests } = await serve(json(200, {}));
    await expect(api.path(name)).rejects.toMatchObject({ code: "HC_ENGINE_PATH_NAME", status: 400 });
    await expect(api.addPath(name, {})).rejects.toMatchObject({ code: "HC_ENGINE_PATH_NAME" });
    expect(requests).toEqual([]);
  });

  it("kicks, says when the session was gone, and never puts another id into a path", async () => {
    const { api, requests } = await serve((request, response) =>
      json(request.url?.endsWith("/ab") ? 200 : 404, { error: "x" })(request, response),
    );
    expect(await api.kickWebrtc("ab")).toBe(true);
    expect(await api.kickRtsp("cd")).toBe(false);
    expect(await api.kickHls("../../x")).toBe(false);
    expect(requests).toEqual(["POST /v3/webrtcsessions/kick/ab", "POST /v3/rtspsessions/kick/cd"]);
  });
});

describe("answers that can't be used", () => {
  it.each([
    ["a refusal", json(500, { status: "error", error: "broken\ninside" }), "HC_ENGINE_REFUSED", /answered 500: broken inside\./],
    ["a refusal without a reason", json(401, "no"), "HC_ENGINE_REFUSED", /answered 401: no reason given/],
    ["no JSON", ((_q, r) => void r.end("<html>")) as RequestListener, "HC_ENGINE_REPLY", /can't read/],
    ["missing fields", json(200, { version: "v1" }), "HC_ENGINE_REPLY", /At "started"/],
    ["too much", ((_q, r) => void r.end(Buffer.alloc(5_000_000))) as RequestListener, "HC_ENGINE_REPLY", /larger than/],
    ["silence", (() => undefined) as RequestListener, "HC_ENGINE_UNREACHABLE", /does not answer/],
    ["a reset", ((q) => void q.socket.resetAndDestroy()) as RequestListener, "HC_ENGINE_UNREACHABLE", /does not answer/],
  ])("%s", async (_what, answer, code, message) => {
    const { api } = await serve(answer);
    await expect(api.info()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("a list without end is given up", async () => {
    const items = Array.from({ length: 5000 }, () => path("a/b"));
    const { api, requests } = await serve(json(200, { itemCount: 1e9, pageCount: 1e6, items }), 3000);
    await expect(api.paths()).rejects.toMatchObject({ code: "HC_ENGINE_REPLY" });
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it("nobody listening", async () => {
    const transport = createApiTransport({ origin: "http://127.0.0.1:1", authorization: "" });
    cleanup.defer(() => transport.close());
    await expect(createEngineApi(transport).info()).rejects.toMatchObject({ code: "HC_ENGINE_UNREACHABLE", retryable: true });
  });
});

describe("path settings", () => {
  /** An engine that applies a change but breaks the connection off instead of answering, as MediaMTX may. */
  function forgetful(applies: boolean): RequestListener {
    const kept = new Map<string, unknown>();
    return async (request, response) => {
      const name = request.url?.split("/").slice(5).join("/") ?? "";
      if (request.method === "GET") {
        json(kept.has(name) ? 200 : 404, kept.get(name) ?? { error: "not found" })(request, response);
        return;
      }
      let body = "";
      for await (const chunk of request) {
        body += String(chunk);
      }
      if (applies && request.method === "DELETE") {
        kept.delete(name);
      } else if (applies) {
        kept.set(name, { ...JSON.parse(body), record: false });
      }
      request.socket.resetAndDestroy();
    };
  }

  it("are read back after a reset: there means done, not there means failed", async () => {
    const { api } = await serve(forgetful(true));
    await api.addPath("a/b", { maxReaders: 2 });
    expect(await api.deletePath("a/b")).toBe(true);
    await expect((await serve(forgetful(false))).api.addPath("a/b", { maxReaders: 2 })).rejects.toMatchObject({
      code: "HC_ENGINE_UNREACHABLE",
    });
  });

  it("are made again by a replay as they last were, without those that were refused or removed", async () => {
    const bodies: string[] = [];
    const { api, requests } = await serve(async (request, response) => {
      let body = "";
      for await (const chunk of request) {
        body += String(chunk);
      }
      bodies.push(body);
      json(request.url?.includes("/bad") ? 400 : 200, { error: "no" })(request, response);
    });
    await api.addPath("a/keep", { maxReaders: 2 });
    await api.patchPath("a/keep", { maxReaders: 3, record: true });
    await api.addPath("a/gone", {});
    await api.deletePath("a/gone");
    await expect(api.addPath("a/bad", {})).rejects.toMatchObject({ code: "HC_ENGINE_REFUSED" });
    requests.length = 0;
    expect(await api.replay()).toEqual({ made: 1, refused: [] });
    expect(requests).toEqual(["POST /v3/config/paths/replace/a/keep"]);
    expect(JSON.parse(bodies.at(-1) ?? "")).toEqual({ maxReaders: 3, record: true });
  });

  it("of one path that is refused at a replay don't cost the others theirs", async () => {
    let again = false;
    const { api } = await serve((request, response) =>
      json(again && request.url?.includes("/bad") ? 400 : 200, { error: "no" })(request, response),
    );
    await api.addPath("a/bad", {});
    await api.addPath("a/good", {});
    again = true;
    expect(await api.replay()).toEqual({ made: 1, refused: ["a/bad"] });
  });

  it("are kept for 256 paths at most", async () => {
    const { api } = await serve(json(200, {}));
    for (let index = 0; index < 256; index++) {
      await api.addPath(`a/c${index}`, {});
    }
    await expect(api.addPath("a/more", {})).rejects.toMatchObject({ code: "HC_ENGINE_PATH_LIMIT", status: 409 });
    await api.patchPath("a/c7", { maxReaders: 1 });
  });
});
