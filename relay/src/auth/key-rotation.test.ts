import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { loadState } from "../state/state.ts";
import { createKeyRotation, isRotationDue, keepReplacedMs, keyLifetimeMs, replaceSigningKey } from "./key-rotation.ts";
import { createTokens } from "./tokens.ts";

const hourMs = 3_600_000;

function makeRotation() {
  const clock = new FakeClock();
  const state = loadState(":memory:", clock.wallMs());
  const rotation = createKeyRotation({ ...state, clock, log: silentLog() });
  return { clock, rotation, keys: state.signingKeys, audit: state.audit, tokens: createTokens(state.signingKeys, () => clock.wallMs()) };
}

describe("isRotationDue", () => {
  it.each([
    ["a young key", 0, false],
    ["a key of almost thirty days", keyLifetimeMs - 1, false],
    ["a key of thirty days", keyLifetimeMs, true],
    ["a key from tomorrow: the clocks differ", -hourMs, false],
    ["a key from another year: the clock was wrong", -25 * hourMs, true],
  ])("%s", (_what, ageMs, due) => {
    expect(isRotationDue(0, ageMs)).toBe(due);
  });
});

describe("createKeyRotation", () => {
  it("changes the key after thirty days by itself, and again after thirty more", async () => {
    const { clock, rotation, keys, audit } = makeRotation();
    const [first] = keys.list();
    await rotation.start();
    await clock.advance(keyLifetimeMs - hourMs);
    expect(keys.list()).toEqual([first]);
    await clock.advance(2 * hourMs);
    const second = keys.list()[0];
    expect(second.kid).not.toBe(first.kid);
    expect(audit.read({ limit: 9 }).entries).toMatchObject([{ kind: "keys-rotated", actor: "relay", subject: second.kid }]);
    await clock.advance(keyLifetimeMs + hourMs);
    expect(keys.list()[0].kid).not.toBe(second.kid);
    await rotation.stop();
    const { kid } = keys.list()[0];
    await clock.advance(3 * keyLifetimeMs);
    expect(keys.list()[0].kid).toBe(kid);
  });

  it("signs nobody out: a token of the key before counts until it expires, and then the key goes", async () => {
    const { clock, rotation, keys, tokens } = makeRotation();
    await rotation.start();
    // The next look comes five minutes after the change, while the old token still counts.
    await clock.advance(hourMs - 300_000);
    const old = tokens.issue({ sub: "picarx", sid: "g", kind: "device" }).accessToken;
    replaceSigningKey(keys, clock.wallMs());
    const fresh = tokens.issue({ sub: "ann", sid: "s", kind: "user" }).accessToken;
    expect([old, fresh].map((token) => tokens.read(token).ok)).toEqual([true, true]);
    await clock.advance(keepReplacedMs - 1000);
    expect(keys.list()).toHaveLength(2);
    expect(tokens.read(old).ok).toBe(true);
    await clock.advance(hourMs);
    expect(keys.list()).toHaveLength(1);
    await rotation.stop();
  });

  it("changes the key at the start when it grew old while nothing ran", async () => {
    const { clock, rotation, keys } = makeRotation();
    await clock.advance(keyLifetimeMs * 2);
    await rotation.start();
    expect(keys.list()).toHaveLength(2);
    await rotation.stop();
  });

  it("refuses to change the key over and over, since that would throw out keys that still count", () => {
    const { clock, keys, tokens } = makeRotation();
    const old = tokens.issue({ sub: "ann", sid: "s", kind: "user" }).accessToken;
    for (let round = 1; round < 16; round++) {
      replaceSigningKey(keys, clock.wallMs());
    }
    expect(() => replaceSigningKey(keys, clock.wallMs())).toThrow(expect.objectContaining({ code: "HC_GATEWAY_LIMIT" }));
    expect(keys.list()).toHaveLength(16);
    expect(tokens.read(old).ok).toBe(true);
  });
});
