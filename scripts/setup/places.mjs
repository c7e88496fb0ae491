// Where things are in the checkout, and what the machine has.
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The Node that the product runs on: the `node` package of node_modules, whatever the system has. */
export const productNode = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** Full path of a program on PATH, or null. */
export function findOnPath(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here; look in the next folder.
    }
  }
  return null;
}

/** Hash of the contents of files and folders, to tell whether something built from them is out of date. */
export function hashContents(paths) {
  const hash = createHash("sha256");
  const visit = (path) => {
    if (!existsSync(path)) {
      return;
    }
    try {
      for (const name of readdirSync(path).sort()) {
        visit(join(path, name));
      }
    } catch (error) {
      if (error.code !== "ENOTDIR") {
        throw error;
      }
      hash.update(path.slice(root.length)).update(readFileSync(path));
    }
  };
  paths.forEach(visit);
  return hash.digest("hex");
}
