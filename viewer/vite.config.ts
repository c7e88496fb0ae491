import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const workerSource = fileURLToPath(new URL("./src/pwa/service-worker.ts", import.meta.url));
const publicFiles = ["/manifest.webmanifest", "/icon.svg", "/icon-192.png", "/icon-512.png", "/icon-180.png"];

/** Writes the list of built files, and a version made of their hashed names, into the service worker. */
function listShellForWorker(): Plugin {
  return {
    name: "helmcast-shell-list",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files = [
        "/index.html",
        ...publicFiles,
        ...Object.keys(bundle)
          .filter((name) => name.startsWith("assets/") && !name.endsWith(".map"))
          .map((name) => `/${name}`),
      ];
      const html = bundle["index.html"];
      const hash = createHash("sha256").update(files.join("\n"));
      hash.update(html?.type === "asset" ? html.source : "");
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === "chunk" && chunk.fileName === "sw.js") {
          const version = JSON.stringify(hash.digest("hex").slice(0, 12));
          chunk.code = chunk.code.replaceAll("__SHELL_FILES__", () => JSON.stringify(files)).replaceAll("__SHELL_VERSION__", () => version);
          return;
        }
      }
    },
  };
}

/**
 * Leaves out the part of zod that writes JSON schemas (5.4 kB gzipped of the first script). Every zod schema refers to it, so the bundler cannot see
 * that the viewer never calls it: only the gateway does, for its OpenAPI document. Should zod move it, the byte budget is passed.
 */
function leaveOutJsonSchemas(): Plugin {
  return {
    name: "helmcast-no-json-schemas",
    transform(code, id) {
      return id.endsWith("/zod/v4/classic/schemas.js")
        ? code
            .replace(/^import \* as processors from ".*json-schema-processors\.js";$/m, "const processors = {};")
            .replace(/^import \{ (create\w+), (create\w+) \} from ".*to-json-schema\.js";$/m, "const $1 = undefined, $2 = undefined;")
        : null;
    },
  };
}

export default defineConfig({
  plugins: [leaveOutJsonSchemas(), listShellForWorker()],
  // The light build of hls.js has everything that a video-only live stream needs, in two thirds of the bytes.
  resolve: { alias: [{ find: /^hls\.js$/, replacement: "hls.js/light" }] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // Everything stays a file: the content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: fileURLToPath(new URL("./index.html", import.meta.url)), sw: workerSource },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
});
