import { describe, expect, it } from "vitest";
import { readBounded } from "./read-bounded.ts";

describe("readBounded", () => {
  it("joins chunks, also where a letter is cut in two", async () => {
    const bytes = Buffer.from("año");
    const body = (async function* () {
      yield bytes.subarray(0, 2);
      yield bytes.subarray(2);
    })();
    expect(await readBounded(body, bytes.length)).toBe("año");
  });

  it("stops at the first byte too many and closes the body", async () => {
    let closed = false;
    const endless = (async function* () {
      try {
        for (;;) {
          yield Buffer.alloc(4);
        }
      } finally {
        closed = true;
      }
    })();
    expect(await readBounded(endless, 7)).toBeNull();
    expect(closed).toBe(true);
  });
});
