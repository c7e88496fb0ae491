import { afterAll, beforeAll, expect, it } from "vitest";
import { type AuthRig, startAuthRig } from "./rig/auth-rig.ts";

/** Tries of each kind. Medians of that many differ by a few parts in a hundred on a busy machine. */
const rounds = 60;

let rig: AuthRig;
beforeAll(async () => {
  // Some 5 ms a check: far above the noise, so that a check left out would stand out.
  rig = await startAuthRig({ logN: 11, r: 8, p: 1 });
});
afterAll(() => rig.stop());

it("takes the same time to refuse an unknown name as a wrong password, whichever hash is stored", async () => {
  const times = { ann: [] as number[], nobody: [] as number[], "": [] as number[] };
  const tryOnce = async (user: string) => {
    // A clock that runs ahead, so that the limit never comes into it.
    rig.pass(60_000);
    const startMs = performance.now();
    const response = await rig.send("POST", "/api/auth/login", {
      body: { user: user === "" ? `guess${rounds}` : user, password: "wrong" },
    });
    await response.arrayBuffer();
    expect(response.status).toBe(401);
    return performance.now() - startMs;
  };
  await tryOnce("warm-up");
  for (let round = 0; round < rounds; round++) {
    // In turn, so that whatever else the machine does falls on all alike.
    for (const user of ["ann", "nobody", ""] as const) {
      times[user].push(await tryOnce(user));
    }
  }
  const median = (values: number[]) => values.sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
  const [wrong, ...unknown] = [median(times.ann), median(times.nobody), median(times[""])];
  for (const other of unknown) {
    expect(other / (wrong ?? Number.NaN)).toBeGreaterThan(0.75);
    expect(other / (wrong ?? Number.NaN)).toBeLessThan(1.33);
  }
}, 20_000);
