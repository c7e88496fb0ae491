/** Loaded into an agent under test before anything else: SIGUSR2 blocks its event loop for 2 s, SIGWINCH throws where nobody catches. */
const blockMs = 2000;

process.on("SIGUSR2", () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs));
process.on("SIGWINCH", () => {
  throw new Error("a fault that nobody foresaw");
});
