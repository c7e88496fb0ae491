import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

const sources = ["../../../config/src/contract/stamp.ts", "./match-frames.ts", "./sampler.ts", "./plain-player.ts"];

/** The sampler and the plain player as one script for a page: the same stamp code as the product's, with the types taken out. */
export function buildPageScript(): string {
  const parts = sources.map((source) => {
    const code = stripTypeScriptTypes(readFileSync(fileURLToPath(new URL(source, import.meta.url)), "utf8"));
    return code.replace(/^import\b[^;]*;/gm, "").replace(/^export /gm, "");
  });
  const doors = "globalThis.helmcastSampler = createSampler(); globalThis.helmcastPlayer = createPlainPlayer();";
  return `(() => {\n${parts.join("\n")}\n${doors}\n})();`;
}
