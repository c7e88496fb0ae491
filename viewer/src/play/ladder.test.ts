import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Ladder, type LadderOptions } from "./ladder.ts";
import type { FailureReason, RungName } from "./ladder-types.ts";
import { noFacts, type PaintedFrame, type Rung } from "./rung.ts";

type Puppet = { name: RungName; signal: AbortSignal; paint: () => void; end: (reason: FailureReason) => void };

/** Rungs that do what the test says, and a record of what reached the surface. */
function setUp() {
  const puppets: Puppet[] = [];
  const surface: string[] = [];
  const shownFrames: Array<number | null | undefined> = [];
  let renewals = 0;
  const createRung = (name: RungName): Rung => {
    let listener: (frame: PaintedFrame) => void = () => undefined;
    return {
      name,
      frames: (listen) => {
        listener = listen;
      },
      describe: () => Promise.resolve({ ...noFacts, kbps: name === "whep" ? 1 : 2 }),
      start: (signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve(null));
          const paint = () => listener({ paintedAtMs: Date.now(), mediaTimeS: 0, presented: 1, width: 640, height: 360 });
          puppets.push({ name, signal, paint, end: resolve });
        }),
    };
  };
  const options: LadderOptions = {
    rungs: ["whep", "hls"],
    createRung,
    surface: {
      show: (rung) => surface.push(`show ${rung}`),
      keepPicture: (rung) => surface.push(`keep ${rung}`),
      clear: () => surface.push("clear"),
    },
    readCapture: () => 123,
    readEveryMs: () => 100,
    nowMs: () => Date.now(),
    seed: 0.5,
    onShownFrame: (_frame, _pace, captureMs) => shownFrames.push(captureMs),
    renewSession: () => {
      renewals += 1;
    },
  };
  return { ladder: new Ladder(options), options, puppets, surface, shownFrames, renewals: () => renewals };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_000_000);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the ladder's shell", () => {
  it("shows the first painted frame and describes its rung", async () => {
    const { ladder, puppets, surface } = setUp();
    ladder.open();
    expect(await ladder.describe()).toBe(noFacts);
    puppets[0]?.paint();
    expect(surface).toEqual(["show whep"]);
    expect((await ladder.describe()).kbps).toBe(1);
    ladder.close();
  });

  it("keeps the frozen picture, ends its rung and shows the next one that paints", async () => {
    const { ladder, puppets, surface } = setUp();
    ladder.open();
    puppets[0]?.paint();
    await vi.advanceTimersByTimeAsync(1200);
    expect(surface).toEqual(["show whep", "keep whep"]);
    expect(puppets[0]?.signal.aborted).toBe(true);
    puppets.find(({ name }) => name === "hls")?.paint();
    expect(surface.at(-1)).toBe("show hls");
    ladder.close();
  });

  it("hears why a rung ended, and asks for the session on a 401", async () => {
    const { ladder, puppets, renewals } = setUp();
    ladder.open();
    puppets[0]?.end("unauthorized");
    await vi.advanceTimersByTimeAsync(0);
    expect(renewals()).toBe(1);
    expect(ladder.state.phase).toBe("renewing");
    ladder.close();
  });

  it("takes a rung that throws at its start for a failed attempt", async () => {
    const { ladder, options, puppets } = setUp();
    const refusing = new Ladder({
      ...options,
      createRung: (name) => {
        const rung = options.createRung(name);
        const start = (): never => {
          throw new DOMException("Cannot create so many PeerConnections", "UnknownError");
        };
        return name === "whep" ? { ...rung, start } : rung;
      },
    });
    expect(() => refusing.open()).not.toThrow();
    await vi.advanceTimersByTimeAsync(0);
    expect(puppets.map(({ name }) => name)).toContain("hls");
    refusing.close();
    ladder.close();
  });

  it("has no facts of a rung that cannot be asked", async () => {
    const { options, puppets } = setUp();
    const closing = new Ladder({
      ...options,
      createRung: (name) => ({
        ...options.createRung(name),
        describe: () => Promise.reject(new DOMException("Closed", "InvalidStateError")),
      }),
    });
    closing.open();
    puppets[0]?.paint();
    expect(await closing.describe()).toBe(noFacts);
    closing.close();
  });

  it("reads stamps no oftener than asked, and passes on when it did not", () => {
    const { ladder, puppets, shownFrames } = setUp();
    ladder.open();
    for (let frame = 0; frame < 10; frame++) {
      puppets[0]?.paint();
      vi.setSystemTime(Date.now() + 33);
    }
    expect(shownFrames).toHaveLength(10);
    expect(shownFrames.filter((captureMs) => captureMs === 123)).toHaveLength(3);
    ladder.close();
  });

  it("ends every rung and its timer on close", async () => {
    const { ladder, puppets, surface } = setUp();
    ladder.open();
    await vi.advanceTimersByTimeAsync(1500);
    ladder.close();
    expect(puppets.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(surface).toEqual(["clear"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
