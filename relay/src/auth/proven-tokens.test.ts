import { describe, expect, it } from "vitest";
import type { KeyList, SigningKey } from "../state/signing-keys.ts";
import { rememberTokens } from "./proven-tokens.ts";
import { createTokens } from "./tokens.ts";

const key: SigningKey = { kid: "one", secret: Buffer.alloc(32, 1), createdMs: 0 };
const newer: SigningKey = { kid: "two", secret: Buffer.alloc(32, 2), createdMs: 0 };
const subject = { sub: "ann", sid: "s", kind: "user" } as const;

function start() {
  const world = { atMs: 1_800_000_000_000, list: [key] as KeyList, reads: 0 };
  const keys = { list: () => world.list };
  const inner = createTokens(keys, () => world.atMs);
  const counted = {
    ...inner,
    read(token: string) {
      world.reads++;
      return inner.read(token);
    },
  };
  return { world, tokens: rememberTokens(counted, keys, () => world.atMs) };
}

describe("rememberTokens", () => {
  it("checks a token's signature once, and gives the same claims", () => {
    const { world, tokens } = start();
    const { accessToken } = tokens.issue(subject);
    const first = tokens.read(accessToken);
    expect(tokens.read(accessToken)).toEqual(first);
    expect(first).toMatchObject({ ok: true, claims: subject });
    expect(world.reads).toBe(1);
  });

  it("takes a remembered token for nothing else than itself", () => {
    const { tokens } = start();
    const { accessToken } = tokens.issue(subject);
    tokens.read(accessToken);
    expect(tokens.read(`${accessToken.slice(0, -2)}xx`)).toEqual({ ok: false, reason: "invalid" });
    expect(tokens.read(accessToken.slice(0, -1)).ok).toBe(false);
  });

  it("lets a token end when its time is over", () => {
    const { world, tokens } = start();
    const { accessToken } = tokens.issue(subject);
    tokens.read(accessToken);
    world.atMs += 606_000;
    expect(tokens.read(accessToken)).toEqual({ ok: false, reason: "expired" });
  });

  it("forgets what a key proved that has gone", () => {
    const { world, tokens } = start();
    const { accessToken } = tokens.issue(subject);
    tokens.read(accessToken);
    world.list = [newer, key];
    expect(tokens.read(accessToken).ok).toBe(true);
    world.list = [newer];
    expect(tokens.read(accessToken)).toEqual({ ok: false, reason: "invalid" });
  });

  it("remembers no more than it may, and no wrong ones", () => {
    const { world, tokens } = start();
    const oldest = tokens.issue({ ...subject, sid: "oldest" }).accessToken;
    tokens.read(oldest);
    for (let index = 0; index < 4096; index++) {
      tokens.read(tokens.issue({ ...subject, sid: `s${index}` }).accessToken);
    }
    world.reads = 0;
    tokens.read(oldest);
    tokens.read("wrong");
    tokens.read("wrong");
    expect(world.reads).toBe(3);
  });
});
