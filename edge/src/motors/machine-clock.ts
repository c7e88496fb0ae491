/** CLOCK_MONOTONIC of the whole machine, ms, so that times of different processes can be compared. A process's own clock starts with it. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
