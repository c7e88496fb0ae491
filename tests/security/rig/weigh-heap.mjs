// Loaded into the gateway by NODE_OPTIONS: each SIGUSR2 collects what is garbage and writes what is left, in bytes, into the file that HEAP_FILE names.
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

process.on("SIGUSR2", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  collect();
  // What finalizers let go is garbage only now.
  setImmediate(() => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    writeFileSync(`${process.env.HEAP_FILE}.new`, String(heapUsed + external));
    renameSync(`${process.env.HEAP_FILE}.new`, process.env.HEAP_FILE);
  });
});
