import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@helmcast/runtime";
import { expect, it } from "vitest";
import { buildApp } from "./app.ts";
import { closeServer } from "./listen.ts";
import { viewerFiles } from "./viewer-files.ts";

it("lets browsers keep for good only what the build names by its content, and serves from a hidden folder called assets as well", async () => {
  const parent = mkdtempSync(join(tmpdir(), ".helmcast-viewer-"));
  const folder = join(parent, "assets", "dist");
  mkdirSync(join(folder, "assets"), { recursive: true });
  for (const name of ["index.html", "icon-maskable.png", "assets/index-D3adB33f.js"]) {
    writeFileSync(join(folder, name), name);
  }
  const server = createServer(buildApp({ log: silentLog(), routers: [viewerFiles(folder)] }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const ask = async (path: string) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
      return (await fetch(url, { headers: { accept: "text/html" } })).headers.get("cache-control");
    };
    expect(await ask("assets/index-D3adB33f.js")).toBe("public, max-age=31536000, immutable");
    expect(await ask("icon-maskable.png")).toBe("no-cache");
    expect(await ask("some/page")).toBe("no-cache");
    expect(await ask("")).toBe("no-cache");
  } finally {
    await closeServer(server);
    rmSync(parent, { recursive: true, force: true });
  }
});
