import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The packages, each a folder of the root. */
export const packages = ["config", "runtime", "relay", "edge", "viewer", "tests"] as const;

const skippedFolders: ReadonlySet<string> = new Set([
  "node_modules",
  "dist",
  "dist-types",
  ".git",
  ".helmcast",
  "coverage",
  "test-results",
]);

/** One file of the checkout. `path` is relative to the root, with slashes. */
export type TreeFile = { readonly path: string; readonly text: string };

/** Lists the paths of all files beneath a folder of the checkout, without what was built or installed. */
export function listPaths(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        return skippedFolders.has(entry.name) ? [] : listPaths(path);
      }
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

/** Reads a file of the checkout. */
export function readTreeFile(path: string): TreeFile {
  return { path, text: readFileSync(join(root, path), "utf8") };
}

/** Every TypeScript file of the packages, tests among them. */
export function readSources(folders: readonly string[] = packages): TreeFile[] {
  return folders.flatMap((folder) =>
    listPaths(folder)
      .filter((path) => /\.tsx?$/.test(path))
      .map(readTreeFile),
  );
}

/** Says whether a file is there for tests: a test, a rig, a fake, a tool's settings. */
export function isTestFile(path: string): boolean {
  return path.startsWith("tests/") || /\.test\.tsx?$|\/(test-rig|rig|testing)\/|\/test-support\.ts$/.test(path);
}

/** The folder of the package that holds a file. */
export function packageOf(path: string): string {
  return path.split("/")[0] ?? "";
}

/** The path that a relative import of a file leads to, relative to the root. */
export function resolveImport(path: string, specifier: string): string {
  return relative(root, join(root, dirname(path), specifier))
    .split(sep)
    .join("/");
}
