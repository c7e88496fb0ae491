import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/**
 * Compares the built viewer with byte-budget.json: gzipped bytes per kind of file. Growing past a number means editing that number,
 * so that a change that makes phones wait longer shows in its diff. Run after `vite build`; exits with 1 when a number is passed.
 */
const root = fileURLToPath(new URL("../", import.meta.url));
const assets = readdirSync(`${root}dist/assets`).map((name) => `assets/${name}`);
const kinds = {
  initialScript: assets.filter((name) => /\/(index|signals\.module|iso)-.*\.js$/.test(name)),
  style: assets.filter((name) => /\/index-.*\.css$/.test(name)),
  admin: assets.filter((name) => /\/admin-pages-.*\.js$/.test(name)),
  adminStyle: assets.filter((name) => /\/admin-pages-.*\.css$/.test(name)),
  line: assets.filter((name) => /\/(stage-line|parse-message|names)-.*\.js$/.test(name)),
  // The stick's library names its file after its folder.
  drive: assets.filter((name) => /\/(open-drive|drive-panel|browser-pads|dist)-.*\.js$/.test(name)),
  driveStyle: assets.filter((name) => /\/drive-panel-.*\.css$/.test(name)),
  hls: assets.filter((name) => /\/hls.*\.js$/.test(name)),
  mqtt: assets.filter((name) => /\/mqtt.*\.js$/.test(name)),
  serviceWorker: ["sw.js"],
} as const;

const budget: unknown = JSON.parse(readFileSync(`${root}byte-budget.json`, "utf8"));
const counted: string[] = Object.values(kinds).flat();
const lines = Object.entries(kinds).map(([kind, files]) => {
  const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(`${root}dist/${name}`)).length, 0);
  const limit: unknown = typeof budget === "object" && budget !== null ? Reflect.get(budget, kind) : undefined;
  return { kind, bytes, limit, fits: typeof limit === "number" && bytes <= limit && files.length > 0 };
});
const uncounted = assets.filter((name) => /\.(js|css)$/.test(name) && !counted.includes(name));

for (const { kind, bytes, limit, fits } of lines) {
  process.stdout.write(`${fits ? "ok  " : "OVER"} ${kind}: ${bytes} of ${String(limit)} bytes gzipped\n`);
}
for (const name of uncounted) {
  process.stdout.write(`OVER ${name}: no kind of byte-budget.json counts this file\n`);
}
process.exitCode = lines.every(({ fits }) => fits) && uncounted.length === 0 ? 0 : 1;
