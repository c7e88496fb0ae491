import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A real agent process in tests. */
export type RunningAgent = {
  readonly process: ChildProcess;
  readonly folder: string;
  /** Everything that it wrote so far. */
  output(): string;
  /** Resolves with its exit code, null after a signal. */
  readonly exited: Promise<number | null>;
  close(): Promise<void>;
};

/** What goes into the settings file, as YAML text, the secret with its file mode, and flags for Node itself. */
export type AgentFiles = {
  readonly yaml: string;
  readonly secret?: string;
  readonly mode?: number;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
};

/** Writes a settings file and the secret `device.secret` beside it, and starts the agent's main.ts. */
export function runAgent(files: AgentFiles): RunningAgent {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-agent-"));
  writeFileSync(join(folder, "edge.yaml"), files.yaml);
  writeFileSync(join(folder, "device.secret"), files.secret ?? "right", { mode: files.mode ?? 0o600 });
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const child = spawn(process.execPath, [...(files.nodeArgs ?? []), main, ...(files.args ?? ["--config", join(folder, "edge.yaml")])], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const take = (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-200_000);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const exited = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  return {
    process: child,
    folder,
    output: () => text,
    exited,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
      }
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
