import { readFileSync } from "node:fs";
import { join } from "node:path";
import { relayHelp } from "@helmcast/config/load";
import { describe, expect, it } from "vitest";
import { root } from "./rig/tree.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const help = relayHelp();
const flags = [...new Set(help.match(/--[a-z][a-z-]+/g) ?? [])];
const variables = [...new Set(help.match(/\b(HELMCAST_[A-Z_]+|MEDIAMTX_BIN)\b/g) ?? [])];

describe("README.md", () => {
  it("finds settings in the help", () => {
    expect(flags.length).toBeGreaterThan(8);
    expect(variables.length).toBeGreaterThan(8);
  });

  it.each([...flags, ...variables])("tells of %s", (name) => {
    expect(readme).toContain(`\`${name}\``);
  });

  it("tells of no variable that is not read", () => {
    const told = readme.match(/`HELMCAST_[A-Z_]+`/g) ?? [];
    const edge = ["HELMCAST_EDGE_RELAY_URL", "HELMCAST_EDGE_SECRET_FILE", "HELMCAST_EDGE_LOG_LEVEL"];
    expect(told.map((name) => name.slice(1, -1)).filter((name) => !variables.includes(name) && !edge.includes(name))).toEqual([]);
  });
});
