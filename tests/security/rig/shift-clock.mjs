// Loaded into the gateway by NODE_OPTIONS: each SIGUSR2 moves its wall clock eleven minutes ahead, past the life of every short-lived thing.
const real = Date.now.bind(Date);
let aheadMs = 0;
process.on("SIGUSR2", () => {
  aheadMs += 660_000;
});
Date.now = () => real() + aheadMs;
