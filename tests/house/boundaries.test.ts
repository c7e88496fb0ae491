import { builtinModules } from "node:module";
import { describe, expect, it } from "vitest";
import { listImports } from "./rig/scan.ts";
import { isTestFile, packageOf, packages, readSources, readTreeFile, resolveImport } from "./rig/tree.ts";

/** What each package may import of the others. Nobody imports an application, and the browser gets the browser-safe part of config only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  config: [],
  runtime: ["@helmcast/config"],
  relay: ["@helmcast/config", "@helmcast/config/load", "@helmcast/config/rig", "@helmcast/runtime"],
  edge: ["@helmcast/config", "@helmcast/config/load", "@helmcast/config/rig", "@helmcast/runtime"],
  viewer: ["@helmcast/config"],
  tests: ["@helmcast/config", "@helmcast/config/load", "@helmcast/config/rig"],
};

/** The protocols of the embedded relay. Each can be left out or replaced without the others; they meet in stream/ only. */
const siblings = ["webrtc", "hls", "rtsp-in", "rtsp-out"];

/** Other folders of alternatives, with a file each: their parent introduces them to each other. */
const alternatives = [
  ["edge/src/encoder/x264.ts", "edge/src/encoder/v4l2m2m.ts"],
  ["edge/src/camera/test-pattern.ts", "edge/src/camera/exec-frames.ts"],
  ["viewer/src/play/whep-player.ts", "viewer/src/play/ll-hls-player.ts", "viewer/src/play/native-hls-player.ts"],
];

const sources = readSources();
const imports = sources.flatMap(({ path, text }) => listImports(text).map((specifier) => ({ path, specifier })));
const say = ({ path, specifier }: { path: string; specifier: string }) => `${path} imports ${specifier}`;

const nameOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
const isExternal = (specifier: string): boolean => !specifier.startsWith(".") && !specifier.startsWith("node:");

describe("imports", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(500);
  });

  it("run config <- runtime <- relay and edge, config <- viewer, and never to an application", () => {
    const wrong = imports.filter(
      ({ path, specifier }) => specifier.startsWith("@helmcast/") && !(allowed[packageOf(path)] ?? []).includes(specifier),
    );
    expect(wrong.map(say)).toEqual([]);
  });

  it("take the rig of tests into tests alone", () => {
    const isRig = ({ path, specifier }: { path: string; specifier: string }) =>
      specifier.endsWith("/rig") || (specifier.startsWith(".") && /\/(test-)?rig\//.test(resolveImport(path, specifier)));
    expect(imports.filter(isRig).length).toBeGreaterThan(20);
    expect(imports.filter((one) => isRig(one) && !isTestFile(one.path)).map(say)).toEqual([]);
  });

  it("leave no package by a relative path", () => {
    const wrong = imports.filter(
      ({ path, specifier }) => specifier.startsWith(".") && packageOf(resolveImport(path, specifier)) !== packageOf(path),
    );
    expect(wrong.map(say)).toEqual([]);
  });

  it("name built-in modules by node:", () => {
    expect(imports.filter(({ specifier }) => !specifier.startsWith("node:") && builtinModules.includes(specifier)).map(say)).toEqual([]);
  });

  it("keep the browser's part of config free of Node", () => {
    const inner = imports.filter(({ path }) => path.startsWith("config/src/contract/") && !isTestFile(path));
    expect(inner.filter(({ specifier }) => specifier.startsWith("node:") || specifier.includes("/load/")).map(say)).toEqual([]);
  });

  it("never go from one protocol of the embedded relay to another", () => {
    const protocolOf = (path: string) => siblings.find((name) => path.startsWith(`relay/src/embedded/${name}/`));
    const wrong = imports.filter(({ path, specifier }) => {
      const from = protocolOf(path);
      const to = specifier.startsWith(".") ? protocolOf(resolveImport(path, specifier)) : undefined;
      return from !== undefined && to !== undefined && from !== to && !isTestFile(path);
    });
    expect(wrong.map(say)).toEqual([]);
  });

  it("never go from the gateway into the embedded relay, or back: they meet over the engine's contract", () => {
    const isEmbedded = (path: string) => path.startsWith("relay/src/embedded/");
    const wrong = imports.filter(
      ({ path, specifier }) =>
        path.startsWith("relay/") &&
        specifier.startsWith(".") &&
        isEmbedded(path) !== isEmbedded(resolveImport(path, specifier)) &&
        !isTestFile(path),
    );
    expect(wrong.map(say)).toEqual([]);
  });

  it("never go from one alternative to another", () => {
    const wrong = imports.filter(({ path, specifier }) => {
      const group = alternatives.find((files) => files.includes(path)) ?? [];
      return group.includes(resolveImport(path, specifier));
    });
    expect(wrong.map(say)).toEqual([]);
    expect(alternatives.flat().filter((path) => !sources.some((source) => source.path === path))).toEqual([]);
  });
});

describe("package.json", () => {
  const rootNames = Object.keys((JSON.parse(readTreeFile("package.json").text) as { devDependencies: object }).devDependencies);

  it.each(packages)("of %s declares what its sources import", (folder) => {
    const manifest = JSON.parse(readTreeFile(`${folder}/package.json`).text) as { dependencies?: object; devDependencies?: object };
    const runtimeNames = Object.keys(manifest.dependencies ?? {});
    const testNames = [...runtimeNames, ...Object.keys(manifest.devDependencies ?? {}), ...rootNames];
    const wrong = imports.filter(({ path, specifier }) => {
      const isProduct = path.startsWith(`${folder}/src/`) && !isTestFile(path);
      return packageOf(path) === folder && isExternal(specifier) && !(isProduct ? runtimeNames : testNames).includes(nameOf(specifier));
    });
    expect(wrong.map(say)).toEqual([]);
  });
});
