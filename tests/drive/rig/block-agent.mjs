// Loaded into the agent by NODE_OPTIONS: SIGUSR2 blocks its event loop for two seconds, as a runaway computation does.
if ((process.argv[1] ?? "").endsWith("edge/src/main.ts")) {
  process.on("SIGUSR2", () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000));
}
