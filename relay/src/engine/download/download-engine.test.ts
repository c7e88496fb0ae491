import { createHash } from "node:crypto";
import { access, constants, mkdir, readdir, readFile, utimes } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { type Clock, systemClock } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { probeBinary } from "../find/probe-binary.ts";
import { pinnedSums } from "../find/release.ts";
import { makeArchive, makeRelease } from "../rig/make-archive.ts";
import { Cleanup, listen } from "../rig/test-stack.ts";
import { cachedBinaryPath, type DownloadOptions, describeProof, downloadEngine } from "./download-engine.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const archiveName = "mediamtx_v1.20.1_linux_amd64.tar.gz";
const release = makeRelease("#!/bin/sh\necho v1.20.1\n");
const times = { connectMs: 300, stallMs: 300, totalMs: 3000 };
/** Waits between tries shortened to a hundredth. */
const quickClock: Clock = {
  ...systemClock,
  after: (delayMs, run, unref) => systemClock.after(delayMs === times.totalMs ? delayMs : delayMs / 100, run, unref),
};

function sumsOf(archive: Buffer): string {
  return `${"0".repeat(64)} *other.zip\n${createHash("sha256").update(archive).digest("hex")} *${archiveName}\n`;
}

type Site = { mirror: string; requests: string[] };

/** A mirror whose archive request is answered by `answer`. */
async function startMirror(answer: RequestListener, sums = sumsOf(release)): Promise<Site> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    if (request.url === "/mtx/v1.20.1/checksums.sha256") {
      response.end(sums);
    } else {
      answer(request, response);
    }
  });
  const port = await listen(server, cleanup);
  return { mirror: `http://127.0.0.1:${port}/mtx/`, requests };
}

async function download(mirror: string, change: Partial<DownloadOptions> = {}) {
  const cacheDir = change.cacheDir ?? join(await cleanup.folder(), "engine");
  const outcome = await downloadEngine({
    cacheDir,
    mirror,
    machine: { platform: "linux", arch: "x64", armVersion: null },
    clock: quickClock,
    random: () => 0,
    onVerified: () => undefined,
    onProgress: () => undefined,
    insist: false,
    times,
    ...change,
  });
  const left = (await readdir(cacheDir).catch(() => [])).filter((name) => name.startsWith(".download-"));
  return { outcome, left, cacheDir, reason: outcome.ok ? "" : outcome.reason };
}

const serve: RequestListener = (_request, response) => {
  response.setHeader("content-length", release.length);
  response.end(release);
};

describe("describeProof", () => {
  it("tells whether anything but the release itself vouches for the archive", () => {
    expect(describeProof("a.tar.gz", null)).toMatch(/checksums\.sha256 only: no sum for it is pinned/);
    expect(describeProof("a.tar.gz", "0".repeat(64))).toMatch(/checksums\.sha256 and the sum pinned/);
  });
});

describe("a download that works", () => {
  it("puts a binary that runs into the cache, shows progress, and leaves nothing else", async () => {
    const { mirror, requests } = await startMirror(serve);
    const progress: Array<[number, number | null]> = [];
    const proofs: string[] = [];
    const { outcome, left, cacheDir } = await download(mirror, {
      onProgress: (bytes, total) => progress.push([bytes, total]),
      onVerified: (sentence) => proofs.push(sentence),
    });
    expect(proofs).toEqual([describeProof(archiveName, pinnedSums.linux_amd64)]);
    const path = cachedBinaryPath(cacheDir);
    expect(outcome).toEqual({ ok: true, path });
    expect(await probeBinary(path)).toMatchObject({ kind: "runs" });
    expect(requests).toEqual(["/mtx/v1.20.1/checksums.sha256", `/mtx/v1.20.1/${archiveName}`]);
    expect(progress.at(-1)).toEqual([release.length, release.length]);
    expect(left).toEqual([]);
  });

  it("follows redirects, as GitHub's releases do", async () => {
    const { mirror } = await startMirror((request, response) => {
      if (request.url === "/real") {
        serve(request, response);
      } else {
        response.writeHead(302, { location: "/real" }).end();
      }
    });
    expect((await download(mirror)).outcome.ok).toBe(true);
  });

  it("tries again after a 500, a reset and a half-sent body", async () => {
    for (const fail of ["500", "reset", "half"]) {
      let tries = 0;
      const { mirror } = await startMirror((request, response) => {
        tries++;
        if (tries > 1) {
          serve(request, response);
        } else if (fail === "500") {
          response.writeHead(500).end();
        } else if (fail === "reset") {
          request.socket.resetAndDestroy();
        } else {
          response.writeHead(200, { "content-length": release.length });
          response.write(release.subarray(0, 50), () => request.socket.destroy());
        }
      });
      expect((await download(mirror)).outcome.ok, fail).toBe(true);
      expect(tries).toBe(2);
    }
  });

  it("is not disturbed by another one at the same time", async () => {
    const { mirror } = await startMirror(serve);
    const cacheDir = join(await cleanup.folder(), "engine");
    const both = await Promise.all([download(mirror, { cacheDir }), download(mirror, { cacheDir })]);
    expect(both.map(({ outcome }) => outcome.ok)).toEqual([true, true]);
    await access(cachedBinaryPath(cacheDir), constants.X_OK);
    expect((await readdir(cacheDir)).sort()).toEqual(["1.20.1"]);
  });

  it("sweeps what a killed download left an hour ago, and nothing younger", async () => {
    const { mirror } = await startMirror(serve);
    const cacheDir = await cleanup.folder();
    await mkdir(join(cacheDir, ".download-old"));
    await mkdir(join(cacheDir, ".download-now"));
    const longAgo = new Date(Date.now() - 4_000_000);
    await utimes(join(cacheDir, ".download-old"), longAgo, longAgo);
    expect((await download(mirror, { cacheDir })).left).toEqual([".download-now"]);
  });
});

describe("a download that fails leaves nothing and says why", () => {
  const limits = { archiveBytes: 10_000, binaryBytes: 100_000, checksumsBytes: 10_000 };
  const send =
    (body: Buffer): RequestListener =>
    (_request, response) => {
      response.end(body);
    };
  const cases: Array<[what: string, answer: RequestListener, sums: string | undefined, reason: RegExp, tries: number]> = [
    ["a wrong checksum", send(makeRelease("evil")), undefined, /the checksum of mediamtx_v1\.20\.1.* is wrong/, 1],
    ["a truncated archive", send(release.subarray(0, 60)), undefined, /checksum .* is wrong/, 1],
    ["no such file", (_q, r) => void r.writeHead(404).end(), undefined, /has no mediamtx_v1.* \(404\)/, 1],
    ["a server in trouble for good", (_q, r) => void r.writeHead(503).end(), undefined, /answered 503/, 3],
    ["a body that stops", (_q, r) => void r.writeHead(200, { "content-length": 99 }).write("x"), undefined, /sent nothing for 0.3 s/, 3],
    ["a server that never answers", () => undefined, undefined, /sent nothing for 0.3 s/, 3],
    [
      "an announced size that is too large",
      (_q, r) => void r.writeHead(200, { "content-length": 1e9 }).end(),
      undefined,
      /larger than 10000 bytes/,
      1,
    ],
    ["an unannounced body that is too large", send(Buffer.alloc(20_000)), undefined, /larger than 10000 bytes/, 1],
    [
      "an entry that leaves the folder",
      send(makeArchive([{ path: "../mediamtx" }])),
      sumsOf(makeArchive([{ path: "../mediamtx" }])),
      /points outside/,
      1,
    ],
    [
      "an archive without the binary",
      send(makeArchive([{ path: "README" }])),
      sumsOf(makeArchive([{ path: "README" }])),
      /holds no mediamtx/,
      1,
    ],
    ["a checksum file without the archive", serve, "<html>", /does not list mediamtx_v1/, 0],
    ["a redirect to plain http", (_q, r) => void r.writeHead(302, { location: "http://192.0.2.1/x" }).end(), undefined, /is not https/, 1],
    ["redirects in a circle", (q, r) => void r.writeHead(302, { location: q.url ?? "" }).end(), undefined, /more than 5 times/, 6],
  ];
  it.each(cases)("%s", async (_what, answer, sums, reason, tries) => {
    const { mirror, requests } = await startMirror(answer, sums);
    const { outcome, left, cacheDir, reason: said } = await download(mirror, { limits });
    expect(outcome.ok).toBe(false);
    expect(said).toMatch(reason);
    expect(requests).toHaveLength(tries + 1);
    expect(left).toEqual([]);
    await expect(access(cachedBinaryPath(cacheDir))).rejects.toThrow();
  });

  it("a host that takes the connection and says no word of TLS, after one try", async () => {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.defer(() => {
      for (const socket of sockets) {
        socket.destroy();
      }
      return new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    expect((await download(`https://127.0.0.1:${port}`)).reason).toMatch(/gave no answer within 0.3 s/);
    expect(sockets.size).toBe(1);
  });

  it.each([
    ["http://192.0.2.1/mtx", /is not https/],
    ["ftp://127.0.0.1/mtx", /is not https/],
  ])("a mirror that may not be asked: %s", async (mirror, reason) => {
    expect((await download(mirror)).reason).toMatch(reason);
  });

  it("a machine without a build, and a state folder that can't be used", async () => {
    const { mirror, requests } = await startMirror(serve);
    expect((await download(mirror, { machine: { platform: "win32", arch: "x64", armVersion: null } })).reason).toMatch(/Windows/);
    expect((await download(mirror, { cacheDir: "/dev/null/engine" })).reason).toMatch(/the state folder can't be used/);
    expect(requests).toEqual([]);
  });
});

describe("the next start after a failure", () => {
  it("does not ask again for ten minutes, unless MediaMTX is insisted on", async () => {
    const { mirror, requests } = await startMirror((_request, response) => void response.writeHead(404).end());
    const cacheDir = join(await cleanup.folder(), "engine");
    await download(mirror, { cacheDir });
    const asked = requests.length;
    expect((await download(mirror, { cacheDir })).reason).toMatch(/\(404\) \(tried less than 10 minutes ago\)/);
    expect(requests).toHaveLength(asked);
    const later: Clock = { ...quickClock, wallMs: () => Date.now() + 600_001 };
    await download(mirror, { cacheDir, clock: later });
    await download(mirror, { cacheDir, insist: true });
    expect(requests).toHaveLength(3 * asked);
  });

  it("forgets the failure once a download worked", async () => {
    let works = false;
    const { mirror } = await startMirror((request, response) => (works ? serve(request, response) : void response.writeHead(404).end()));
    const { cacheDir } = await download(mirror);
    works = true;
    expect((await download(mirror, { cacheDir, insist: true })).outcome.ok).toBe(true);
    expect(await readFile(join(cacheDir, "download-failed.json"), "utf8").catch(() => null)).toBeNull();
  });
});
