import { describe, expect, it } from "vitest";
import { createPasswords } from "./password.ts";

const cheap = { logN: 4, r: 8, p: 1 };

describe("createPasswords", () => {
  it("knows a password again, whatever Unicode form it was typed in, and no other", async () => {
    const passwords = createPasswords(cheap);
    const stored = (await passwords.hash("caf\u00e9 secret")) ?? "";
    expect(stored).not.toContain("secret");
    expect(await passwords.check("cafe\u0301 secret", stored)).toBe(true);
    expect(await passwords.check("cafe secret", stored)).toBe(false);
  });

  it("salts: the same password is stored differently each time", async () => {
    const passwords = createPasswords(cheap);
    expect(await passwords.hash("same")).not.toBe(await passwords.hash("same"));
  });

  it("checks by the stored cost, so that the cost can rise", async () => {
    const stored = await createPasswords(cheap).hash("old");
    expect(await createPasswords({ logN: 5, r: 8, p: 1 }).check("old", stored)).toBe(true);
  });

  it("never fits an unknown account or a damaged entry", async () => {
    const passwords = createPasswords(cheap);
    expect(await passwords.check("x", null)).toBe(false);
    expect(await passwords.check("x", "scrypt$4$8$1$AAAA$AAAA")).toBe(false);
    expect(await passwords.check("x", "plain")).toBe(false);
  });

  it("takes as long for an unknown account as for a wrong password", async () => {
    const passwords = createPasswords({ logN: 13, r: 8, p: 1 });
    const stored = await passwords.hash("right");
    const time = async (entry: string | null) => {
      const startMs = performance.now();
      await passwords.check("wrong", entry);
      return performance.now() - startMs;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 5; round++) {
      known.push(await time(stored));
      unknown.push(await time(null));
    }
    // The quickest of five says what the work costs; without the decoy the unknown one takes microseconds.
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 3);
  });

  it("answers null rather than queueing without end", async () => {
    const passwords = createPasswords({ logN: 10, r: 8, p: 1 });
    const results = await Promise.all(Array.from({ length: 40 }, () => passwords.check("x", null)));
    expect(results.filter((result) => result === false)).toHaveLength(18);
    expect(results.filter((result) => result === null)).toHaveLength(22);
    expect(await passwords.check("x", null)).toBe(false);
  });

  it("lets those who are urgent in before a flood of others, with a bound for them too", async () => {
    const passwords = createPasswords({ logN: 10, r: 8, p: 1 });
    const stored = await passwords.hash("right");
    const order: string[] = [];
    const note = (name: string) => (result: boolean | null) => (result === null ? name : void order.push(name));
    const flood = Array.from({ length: 40 }, () => passwords.check("x", null).then(note("stranger")));
    const owners = Array.from({ length: 20 }, () => passwords.check("right", stored, true).then(note("owner")));
    const refused = await Promise.all([...flood, ...owners]);
    expect(refused.filter((name) => name === "owner")).toHaveLength(4);
    expect(order.filter((name) => name === "owner")).toHaveLength(16);
    // Two strangers were being served already, and a few more may overtake the last owner on the other thread; without a room of their own all 18 would.
    expect(order.lastIndexOf("owner")).toBeLessThan(16 + 9);
  });

  it("makes new ones also while strangers flood the door with guesses", async () => {
    const passwords = createPasswords({ logN: 10, r: 8, p: 1 });
    const flood = Promise.all(Array.from({ length: 40 }, () => passwords.check("x", null)));
    expect(await passwords.hash("a new password")).toMatch(/^scrypt\$/);
    expect((await flood).filter((fits) => fits === null).length).toBeGreaterThan(0);
  });
});
