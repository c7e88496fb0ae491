import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { buildCommandLine } from "./feed.ts";

const run = promisify(execFile);

describe("buildCommandLine", () => {
  it("starts ffmpeg itself where no program feeds it", () => {
    expect(buildCommandLine("ffmpeg", ["-i", "x"], null)).toEqual({ command: "ffmpeg", args: ["-i", "x"] });
  });

  it("passes every character of the arguments on, through a real shell", async () => {
    const nasty = ["$HOME `id` \"double\" 'single' \\ ; | & > *", "", "two\nlines", "-n"];
    const line = buildCommandLine("cat", [], ["printf", "<%s>", ...nasty]);
    const { stdout, stderr } = await run(line.command, [...line.args]);
    expect(stdout).toBe(nasty.map((each) => `<${each}>`).join(""));
    expect(stderr).toContain("the camera program ended with code 0");
  });

  it("ends when either side ends", async () => {
    const feederEnds = buildCommandLine("sleep", ["0"], ["yes"]);
    await run(feederEnds.command, [...feederEnds.args], { timeout: 3000 });
    const programEnds = buildCommandLine("cat", [], ["sh", "-c", "exit 3"]);
    const { stderr } = await run(programEnds.command, [...programEnds.args], { timeout: 3000 });
    expect(stderr).toContain("ended with code 3");
  });
});
