import { describe, expect, it } from "vitest";
import { codeOnly, findLines, listImports, withoutComments } from "./rig/scan.ts";
import { isTestFile, listPaths, readSources, readTreeFile, type TreeFile } from "./rig/tree.ts";

/** Longest file, lines. Beyond it a file has more than one subject. */
const maxLines = 400;

const sources = readSources();
const product = sources.filter(({ path }) => /^[a-z]+\/src\//.test(path) && !isTestFile(path));
const scripts = [...listPaths("scripts"), ...listPaths("viewer/scripts")].map(readTreeFile);

/** Every place of these files where a pattern stands in what `view` leaves of the text. */
function places(files: readonly TreeFile[], wanted: RegExp, view: (text: string) => string = codeOnly): string[] {
  return files.flatMap(({ path, text }) => findLines(view(text), wanted).map((line) => `${path}:${line}`));
}

describe("files", () => {
  it(`have at most ${maxLines} lines`, () => {
    const long = [...sources, ...scripts].filter(({ text }) => text.split("\n").length > maxLines + 1);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it("and folders have names in kebab-case", () => {
    const named = [...sources, ...scripts].map(({ path }) => path);
    expect(named.filter((path) => !/^[a-z0-9-]+(\/[a-z0-9-]+)*(\.[a-z0-9-]+)*\.(ts|tsx|mjs)$/.test(path))).toEqual([]);
  });
});

describe("sources", () => {
  it("have no any", () => {
    expect(places(sources, /(:|\bas|<|\||&|,)\s*any\b(?!\s*\()/)).toEqual([]);
  });

  it("switch off no check", () => {
    const marks = new RegExp(["@ts" + "-(ignore|expect-error|nocheck)", "(biome|prettier)" + "-ignore", "eslint" + "-disable"].join("|"));
    expect(places([...sources, ...scripts], marks, keepComments)).toEqual([]);
  });

  it("have no default export, except where a tool asks for one", () => {
    const ours = sources.filter(({ path }) => !/\.config\.ts$/.test(path));
    expect(places(ours, /^export default\b/)).toEqual([]);
  });

  it("leave nothing for later", () => {
    expect(
      places(
        [...sources, ...scripts],
        new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`),
        keepComments,
      ),
    ).toEqual([]);
  });

  it("read the environment and write to the console in main.ts only", () => {
    const quiet = product.filter(({ path }) => !path.endsWith("/main.ts"));
    expect(places(quiet, /\bprocess\.env\b|\bconsole\.\w/)).toEqual([]);
  });
});

describe("state machines", () => {
  const machines = product.filter(({ path }) => path.endsWith("-machine.ts"));

  it("are there", () => {
    expect(machines.length).toBeGreaterThan(5);
  });

  it("import nothing that acts", () => {
    const wrong = machines.flatMap(({ path, text }) =>
      listImports(text)
        .filter((specifier) => specifier.startsWith("node:"))
        .map((specifier) => `${path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("ask neither clock nor chance, and wait for nothing", () => {
    const effects =
      /\bset(Timeout|Interval|Immediate)\b|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bMath\.random\b|\bfetch\(|\bawait\b/;
    expect(places(machines, effects)).toEqual([]);
  });
});

describe("names and numbers of the contract", () => {
  const outside = product.filter(({ path }) => !path.startsWith("config/src/contract/"));

  it("have their ports in config/src/contract/ports.ts alone", () => {
    expect(places(outside, /(?<![\w.,_])(8080|8554|8888|8889|8189|9990|9997|9998|1883)(?![\w.,_]*\w)/)).toEqual([]);
  });

  it("have their topics put together by buildTopic alone", () => {
    const written = /["'`](demo|[$]\{[^}]*\})\/[^"'`]*\/(cmd|camera|estop|lease|echo|status|telemetry|ack|detections)\b/;
    expect(places(outside, written, withoutComments)).toEqual([]);
  });
});

describe("exported names", () => {
  it("have a docblock", () => {
    const wrong = product.flatMap(({ path, text }) => {
      const lines = text.split("\n");
      return lines.flatMap((line, index) => {
        const declares = /^export (declare )?(abstract )?(async )?(type|const|let|function|class|interface)\b(?! \{)/.test(line);
        return declares && !/\*\/\s*$/.test(lines[index - 1] ?? "") ? [`${path}:${index + 1}: ${line}`] : [];
      });
    });
    expect(wrong).toEqual([]);
  });
});

function keepComments(text: string): string {
  return text;
}
