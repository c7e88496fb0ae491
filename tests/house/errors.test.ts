import { errorRegistry } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { withoutComments } from "./rig/scan.ts";
import { isTestFile, readSources, readTreeFile } from "./rig/tree.ts";

const codes = Object.entries(errorRegistry);
const product = readSources(["config", "runtime", "relay", "edge", "viewer"]).filter(
  ({ path }) => !isTestFile(path) && !path.startsWith("config/src/contract/errors/"),
);
const written = product.flatMap(({ path, text }) =>
  [...withoutComments(text).matchAll(/["'`](HC_[A-Z0-9_]*[A-Z0-9])["'`]/g)].map((match) => ({ path, code: match[1] ?? "" })),
);

/** The table of docs/errors.md: code, status, whether trying again helps, sentence, what to do. */
const documented = readTreeFile("docs/errors.md")
  .text.split("\n")
  .flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const code = /^`(HC_[A-Z0-9_]+)`$/.exec(cells[1] ?? "")?.[1];
    return code === undefined ? [] : [{ code, status: cells[2], again: cells[3], sentence: cells[4], action: cells[5] ?? "" }];
  });

describe("docs/errors.md", () => {
  it.each(codes)("tells %s as it is registered", (code, entry) => {
    expect(documented.filter((row) => row.code === code)).toEqual([
      {
        code,
        status: String(entry.status),
        again: entry.retryable ? "yes" : "no",
        sentence: entry.sentence,
        action: expect.stringMatching(/^.{10,}\.$/),
      },
    ]);
  });

  it("tells no code that is not registered", () => {
    expect(documented.map(({ code }) => code).filter((code) => !(code in errorRegistry))).toEqual([]);
  });
});

describe("error codes", () => {
  it("in the sources are all registered", () => {
    expect(written.length).toBeGreaterThan(50);
    expect(written.filter(({ code }) => !(code in errorRegistry)).map(({ path, code }) => `${path}: ${code}`)).toEqual([]);
  });

  it("in the registry are all raised somewhere", () => {
    const raised = new Set(written.map(({ code }) => code));
    expect(codes.map(([code]) => code).filter((code) => !raised.has(code))).toEqual([]);
  });
});
