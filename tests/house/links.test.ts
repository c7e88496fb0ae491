import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { listPaths, root } from "./rig/tree.ts";

/** Largest picture of the documents, bytes: they are fetched with every clone. */
const maxPictureBytes = 200_000;

const documents = [
  ...listPaths("").filter((path) => !path.includes("/") && path.endsWith(".md")),
  ...listPaths("docs").filter((path) => path.endsWith(".md")),
];

/** The anchor that a heading gets on the usual code hosts. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function listAnchors(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/^#{1,6} (.+)$/gm)].map((match) => anchorOf(match[1] ?? ""));
}

/** Links of a document that lead nowhere. Addresses of other hosts are not tried. */
function brokenLinks(document: string): string[] {
  const text = readFileSync(join(root, document), "utf8").replace(/^```[\s\S]*?^```/gm, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) {
      return false;
    }
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? join(root, document) : join(root, dirname(document), path);
    return !existsSync(file) || (anchor !== undefined && !listAnchors(file).includes(anchor));
  });
}

describe("documents", () => {
  it("are there", () => {
    expect(documents).toEqual(
      expect.arrayContaining([
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/journeys/frame.md",
        "docs/journeys/command.md",
        "docs/errors.md",
      ]),
    );
  });

  it.each(documents)("%s has no link that leads nowhere", (document) => {
    expect(brokenLinks(document)).toEqual([]);
  });

  it("name only files that are there, in the tables of the journeys", () => {
    for (const journey of ["docs/journeys/frame.md", "docs/journeys/command.md"]) {
      const links = [...readFileSync(join(root, journey), "utf8").matchAll(/\]\(([^)\s]+\.tsx?)\)/g)];
      expect(links.length).toBeGreaterThan(15);
    }
  });

  it("have small pictures", () => {
    const large = listPaths("docs/images").filter((path) => statSync(join(root, path)).size > maxPictureBytes);
    expect(large).toEqual([]);
  });

  it("have decisions of one page, each with its reason, its rivals and its test", () => {
    const decisions = documents.filter((path) => path.startsWith("docs/decisions/"));
    expect(decisions.length).toBeGreaterThan(0);
    for (const path of decisions) {
      const text = readFileSync(join(root, path), "utf8");
      expect(text.split("\n").length, path).toBeLessThanOrEqual(30);
      expect(text.match(/^## .+$/gm), path).toEqual(["## Why", "## What else was weighed", "## How we will know it was wrong"]);
    }
  });
});
