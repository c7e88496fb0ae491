// One step of the set-up: run a program, show how long it takes, keep its output back unless it fails.
// This folder runs on whatever Node the machine has (18 or newer), before anything is installed; so it is plain JavaScript without dependencies.
import { spawn } from "node:child_process";

/** A set-up step that a person has to act on. The message is one sentence for them. */
export class SetupError extends Error {}

const maxKeptBytes = 64 * 1024;
const isTerminal = process.stdout.isTTY === true;

/** Shows "label … 12 s" while work goes on for more than a second; returns the function that ends it. */
export function showProgress(label) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  let announced = false;
  const timer = setInterval(
    () => {
      const line = `  ${label} … ${seconds()} s`;
      process.stdout.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
      announced = true;
    },
    isTerminal ? 1000 : 5000,
  );
  return (outcome = "done") => {
    clearInterval(timer);
    if (announced || Date.now() - startedAt > 1000) {
      process.stdout.write(`${isTerminal ? "\r\u001b[K" : ""}  ${label}: ${outcome} (${seconds()} s)\n`);
    }
  };
}

/** The environment without the administrator's password, which only the gateway may see. */
function withoutPassword({ HELMCAST_ADMIN_PASSWORD: _, ...rest }) {
  return rest;
}

/** Runs a program to its end. Rejects with its last output when it fails; `inherit` shows the output as it comes. */
export function runProgram(command, args, { cwd, env = withoutPassword(process.env), inherit = false, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", inherit ? "inherit" : "pipe", inherit ? "inherit" : "pipe"] });
    let kept = "";
    const keep = (chunk) => {
      kept = (kept + chunk.toString()).slice(-maxKeptBytes);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) {
        resolve(kept);
        return;
      }
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      reject(Object.assign(new Error(`${[command, ...args].join(" ")} ${how}`), { output: kept }));
    });
  });
}

/** Runs a program as a named step with progress; a failure becomes a SetupError that shows the program's last lines and says `advice`. */
export async function runStep(label, command, args, { advice, ...options }) {
  const finish = showProgress(label);
  try {
    const output = await runProgram(command, args, options);
    finish();
    return output;
  } catch (error) {
    finish("failed");
    const tail = String(error.output ?? "")
      .trim()
      .split("\n")
      .slice(-15)
      .join("\n");
    throw new SetupError(`${error.message}.\n${tail}\n${advice}`, { cause: error });
  }
}
