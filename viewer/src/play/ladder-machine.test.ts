import { describe, expect, it } from "vitest";
import { closedLadder, stepLadder } from "./ladder-machine.ts";
import type { LadderEffect, LadderEvent, LadderPhase, LadderState, RungName } from "./ladder-types.ts";
import { limits } from "./limits.ts";

/** Plays events against the machine on a clock of its own and keeps every effect with its time. */
class Player {
  state: LadderState = closedLadder;
  nowMs = 1000;
  done: Array<{ atMs: number; effect: LadderEffect }> = [];

  hear(event: LadderEvent): LadderEffect[] {
    const [state, effects] = stepLadder(this.state, event, this.nowMs);
    this.state = state;
    this.done.push(...effects.map((effect) => ({ atMs: this.nowMs, effect })));
    return [...effects];
  }

  open(rungs: readonly RungName[] = ["whep", "hls"]): LadderEffect[] {
    return this.hear({ type: "open", rungs, seed: 0.5 });
  }

  frame(rung: RungName, captureMs: number | null = null): LadderEffect[] {
    const id = this.state.attempts[rung]?.id ?? -1;
    return this.hear({ type: "frame", rung, id, captureMs, medianMs: 40 });
  }

  fail(rung: RungName, reason: Extract<LadderEvent, { type: "failed" }>["reason"] = "network"): LadderEffect[] {
    return this.hear({ type: "failed", rung, id: this.state.attempts[rung]?.id ?? -1, reason });
  }

  /** Lets time pass in ticks; rungs in `moving` paint a frame at every one. */
  pass(spanMs: number, moving: readonly RungName[] = []): LadderEffect[] {
    const from = this.done.length;
    for (let passedMs = 0; passedMs < spanMs; passedMs += limits.tickMs) {
      this.nowMs += limits.tickMs;
      for (const rung of moving) {
        this.frame(rung);
      }
      this.hear({ type: "tick" });
    }
    return this.done.slice(from).map(({ effect }) => effect);
  }

  since(atMs: number, type: LadderEffect["type"], rung: RungName): number[] {
    return this.done
      .filter(({ effect, atMs: doneMs }) => doneMs >= atMs && effect.type === type && "rung" in effect && effect.rung === rung)
      .map(({ atMs: doneMs }) => doneMs - atMs);
  }
}

function playing(): Player {
  const player = new Player();
  player.open();
  player.pass(3000, ["whep"]);
  return player;
}

function steppedDown(): Player {
  const player = playing();
  player.pass(1200);
  player.pass(6000, ["hls"]);
  return player;
}

describe("the start", () => {
  it("tries WHEP alone and shows its first frame", () => {
    const player = new Player();
    expect(player.open()).toEqual([{ type: "start", rung: "whep", id: 1 }]);
    expect(player.frame("whep")).toEqual([{ type: "show", rung: "whep" }]);
  });

  it("starts LL-HLS beside a WHEP that is late, and shows whichever paints", () => {
    const player = new Player();
    player.open();
    expect(player.pass(limits.prewarmAfterMs)).toEqual([]);
    expect(player.pass(200)).toEqual([{ type: "start", rung: "hls", id: 2 }]);
    expect(player.frame("hls")).toEqual([{ type: "show", rung: "hls" }]);
    expect(player.state.attempts.whep).not.toBeNull();
  });

  it("ends the LL-HLS stand-in when WHEP paints first", () => {
    const player = new Player();
    player.open();
    player.pass(1500);
    expect(player.frame("whep")).toEqual([
      { type: "show", rung: "whep" },
      { type: "stop", rung: "hls", id: 2 },
    ]);
  });

  it("goes straight to LL-HLS where there is no WebRTC, and says so where there is nothing", () => {
    expect(new Player().open(["hls"])).toEqual([{ type: "start", rung: "hls", id: 1 }]);
    const none = new Player();
    none.open([]);
    expect(none.state.phase).toBe("unsupported");
  });
});

describe("a cut while WHEP plays", () => {
  it("starts LL-HLS before it is certain, keeps the last frame, and shows LL-HLS inside three seconds", () => {
    const player = playing();
    const cutAtMs = player.nowMs;
    player.pass(1100);
    expect(player.since(cutAtMs, "start", "hls")[0]).toBeLessThanOrEqual(limits.bridgeAfterMs + limits.tickMs);
    const kept = player.done.findIndex(({ effect }) => effect.type === "keep-picture");
    expect(player.done[kept + 1]?.effect).toMatchObject({ type: "stop", rung: "whep" });
    expect(player.frame("hls")).toContainEqual({ type: "show", rung: "hls" });
  });

  it("never clears the picture on its way down", () => {
    const player = steppedDown();
    expect(player.done.map(({ effect }) => effect.type)).not.toContain("clear-picture");
    expect(player.state.shown).toBe("hls");
  });

  it("tries WHEP again at once after one failure, and waits after two", () => {
    const player = playing();
    const cutAtMs = player.nowMs;
    player.pass(1100);
    expect(player.since(cutAtMs, "start", "whep")).toHaveLength(1);
    player.pass(3200, ["hls"]);
    expect(player.state.attempts.whep).toBeNull();
    expect(player.state.retryAtMs.whep).toBeGreaterThan(player.nowMs);
  });

  it("returns to WHEP without a switch when the stall was short", () => {
    const player = playing();
    player.pass(800);
    expect(player.state.attempts.hls).not.toBeNull();
    const effects = player.pass(limits.climbSteadyMs + 200, ["whep"]);
    expect(effects).toEqual([{ type: "stop", rung: "hls", id: 2 }]);
  });

  it("waits longer for a camera of two frames a second", () => {
    const player = new Player();
    player.open();
    player.hear({ type: "frame", rung: "whep", id: 1, captureMs: null, medianMs: 500 });
    expect(player.pass(2900).filter(({ type }) => type === "keep-picture")).toEqual([]);
    expect(player.pass(300).filter(({ type }) => type === "keep-picture")).toHaveLength(1);
  });
});

describe("the climb", () => {
  it("is probed at 5, 10, 20, 40 and 60 s, give or take a fifth", () => {
    const player = steppedDown();
    const fromMs = player.nowMs;
    player.pass(200_000, ["hls"]);
    const starts = [...player.since(0, "start", "whep").slice(2)];
    const endsAt = player.since(0, "stop", "whep").slice(1);
    const waits = starts.map((startMs, index) => startMs - (endsAt[index] ?? 0));
    expect(fromMs).toBeGreaterThan(0);
    waits.slice(0, 6).forEach((waitMs, index) => {
      const plannedMs = limits.climbDelaysMs[Math.min(index, limits.climbDelaysMs.length - 1)] ?? 0;
      expect(waitMs).toBeGreaterThanOrEqual(plannedMs * (1 - limits.jitter) - limits.tickMs);
      expect(waitMs).toBeLessThanOrEqual(plannedMs * (1 + limits.jitter) + limits.tickMs);
    });
    expect(waits.length).toBeGreaterThanOrEqual(5);
  });

  it("is made only after two seconds of moving frames beneath, and ends LL-HLS then", () => {
    const player = steppedDown();
    player.hear({ type: "nudge" });
    expect(player.pass(1900, ["hls", "whep"])).toEqual([]);
    const effects = player.pass(300, ["hls", "whep"]);
    expect(effects.map(({ type }) => type)).toEqual(["show", "stop"]);
    expect(player.state.shown).toBe("whep");
  });

  it("starts its two seconds anew when the frames beneath pause", () => {
    const player = steppedDown();
    player.hear({ type: "nudge" });
    player.pass(1500, ["hls", "whep"]);
    player.pass(700, ["hls"]);
    player.pass(1500, ["hls", "whep"]);
    expect(player.state.shown).toBe("hls");
  });

  it("never steps back in time", () => {
    const player = new Player();
    player.open();
    player.pass(1500);
    player.frame("hls", 50_000);
    player.frame("whep", 49_000);
    for (let passedMs = 0; passedMs < 3000; passedMs += 100) {
      player.nowMs += 100;
      player.frame("hls", 50_000 + passedMs);
      player.frame("whep", 49_000 + passedMs);
    }
    expect(player.state.shown).toBe("hls");
    player.nowMs += 100;
    player.frame("hls", 54_000);
    expect(player.frame("whep", 54_001)).toContainEqual({ type: "show", rung: "whep" });
  });

  it("is tried at once when the network or a person asks", () => {
    const player = steppedDown();
    expect(player.hear({ type: "nudge" })).toEqual([{ type: "start", rung: "whep", id: player.state.nextId - 1 }]);
  });

  it("holds for ten minutes after three climbs that fell again", () => {
    const player = steppedDown();
    for (let cycle = 0; cycle < limits.cyclesToHold; cycle++) {
      player.hear({ type: "nudge" });
      player.pass(2500, ["hls", "whep"]);
      expect(player.state.shown).toBe("whep");
      player.pass(1200);
      player.pass(4000, ["hls"]);
      expect(player.state.shown).toBe("hls");
    }
    const heldAtMs = player.nowMs;
    player.pass(limits.holdMs - 10_000, ["hls"]);
    expect(player.since(heldAtMs, "start", "whep")).toEqual([]);
    player.pass(11_000, ["hls"]);
    expect(player.since(heldAtMs, "start", "whep")).toHaveLength(1);
  });
});

describe("refusals are never retried blindly", () => {
  it("asks for the session on 401 and goes on when it has one", () => {
    const player = playing();
    expect(player.fail("whep", "unauthorized").map(({ type }) => type)).toEqual(["keep-picture", "stop", "renew-session"]);
    expect(player.pass(60_000)).toEqual([]);
    expect(player.hear({ type: "session-renewed" }).map(({ type }) => type)).toEqual(["start", "start"]);
  });

  it("asks for the session again when it could not be renewed, in time and at a person's wish", () => {
    const player = playing();
    player.fail("whep", "unauthorized");
    player.hear({ type: "renewal-failed" });
    expect(player.pass(limits.renewRetryMs - limits.tickMs)).toEqual([]);
    expect(player.pass(limits.tickMs)).toEqual([{ type: "renew-session" }]);
    expect(player.pass(60_000)).toEqual([]);
    player.hear({ type: "renewal-failed" });
    expect(player.hear({ type: "nudge" })).toEqual([{ type: "renew-session" }]);
    expect(player.hear({ type: "nudge" })).toEqual([]);
    expect(player.hear({ type: "session-renewed" }).map(({ type }) => type)).toEqual(["start", "start"]);
  });

  it("waits when a fresh session is refused too, rather than asking in circles", () => {
    const player = playing();
    player.fail("whep", "unauthorized");
    player.hear({ type: "session-renewed" });
    expect(player.fail("whep", "unauthorized").map(({ type }) => type)).toEqual(["stop", "stop"]);
    expect(player.state.phase).toBe("renewing");
    expect(player.pass(limits.renewRetryMs)).toEqual([{ type: "renew-session" }]);
  });

  it("stops and takes the picture away on 403", () => {
    const player = playing();
    expect(player.fail("whep", "forbidden").at(-1)).toEqual({ type: "clear-picture" });
    expect(player.pass(60_000)).toEqual([]);
    expect(player.hear({ type: "nudge" })).toEqual([]);
  });

  it("waits on 404 until a fresh answer says that the camera is online", () => {
    const player = playing();
    player.fail("whep", "not-found");
    expect(player.state.phase).toBe("waiting");
    expect(player.pass(60_000)).toEqual([]);
    expect(player.hear({ type: "camera", online: false })).toEqual([]);
    expect(player.hear({ type: "camera", online: true }).map(({ type }) => type)).toEqual(["start", "start"]);
  });

  it("takes a 404 of the hidden rung for lateness while the shown one plays", () => {
    const player = steppedDown();
    player.hear({ type: "nudge" });
    player.fail("whep", "not-found");
    expect(player.state.shown).toBe("hls");
    expect(player.state.retryAtMs.whep).not.toBeNull();
  });

  it("leaves a rung whose codec the browser lacks, and gives up without any", () => {
    const player = new Player();
    player.open();
    expect(player.fail("whep", "codec").at(-1)).toMatchObject({ type: "start", rung: "hls" });
    player.pass(60_000, ["hls"]);
    expect(player.since(0, "start", "whep")).toHaveLength(1);
    player.fail("hls", "codec");
    expect(player.state.phase).toBe("unsupported");
  });
});

describe("what is not the rung's fault", () => {
  it("is a camera that is away: the picture stays and nothing is tried", () => {
    const player = playing();
    player.hear({ type: "camera", online: false });
    expect(player.pass(30_000)).toEqual([]);
    expect(player.hear({ type: "camera", online: true }).map(({ type }) => type)).toEqual(["keep-picture", "stop", "start", "start"]);
    expect(player.frame("whep")).toContainEqual({ type: "show", rung: "whep" });
  });

  it("is an answer that the camera is away while its frames still come", () => {
    const player = playing();
    player.hear({ type: "camera", online: false });
    player.pass(500, ["whep"]);
    expect(player.hear({ type: "camera", online: true })).toEqual([]);
  });

  it("is a hidden page", () => {
    const player = playing();
    player.hear({ type: "visibility", visible: false });
    expect(player.pass(60_000)).toEqual([]);
    player.hear({ type: "visibility", visible: true });
    expect(player.pass(400)).toEqual([]);
  });
});

describe("an outage of everything", () => {
  it("is tried again every few seconds, and WHEP is back soon after", () => {
    const player = playing();
    player.fail("whep");
    for (let passedMs = 0; passedMs < 60_000; passedMs += 100) {
      player.pass(100);
      for (const rung of ["whep", "hls"] as const) {
        if (player.state.attempts[rung] !== null) {
          player.fail(rung);
        }
      }
    }
    const waits = player.since(0, "start", "hls");
    expect(Math.max(...waits.slice(1).map((atMs, index) => atMs - (waits[index] ?? 0)))).toBeLessThanOrEqual(6200);
    player.pass(6500, ["whep", "hls"]);
    expect(player.state.shown).not.toBeNull();
    player.pass(9000, ["whep", "hls"]);
    expect(player.state.shown).toBe("whep");
  });
});

describe("a kick", () => {
  it("stops everything, and only a person's own try after half a minute goes on", () => {
    const player = playing();
    expect(player.fail("whep", "kicked").map(({ type }) => type)).toEqual(["keep-picture", "stop", "clear-picture"]);
    expect(player.state.phase).toBe("kicked");
    expect(player.hear({ type: "nudge", byPerson: true })).toEqual([]);
    player.hear({ type: "camera", online: false });
    player.hear({ type: "camera", online: true });
    expect(player.pass(limits.kickedMs)).toEqual([]);
    expect(player.hear({ type: "nudge" })).toEqual([]);
    expect(player.hear({ type: "nudge", byPerson: true })[0]).toMatchObject({ type: "start", rung: "whep" });
    expect(player.state.phase).toBe("running");
  });
});

describe("every state and every event", () => {
  const phases: LadderPhase[] = ["idle", "running", "waiting", "renewing", "kicked", "forbidden", "unsupported"];
  const events: LadderEvent[] = [
    { type: "open", rungs: ["whep", "hls"], seed: 0.1 },
    { type: "close" },
    { type: "tick" },
    { type: "frame", rung: "whep", id: 999, captureMs: 5, medianMs: 40 },
    { type: "failed", rung: "hls", id: 999, reason: "network" },
    { type: "failed", rung: "whep", id: 999, reason: "forbidden" },
    { type: "camera", online: false },
    { type: "camera", online: true },
    { type: "visibility", visible: false },
    { type: "visibility", visible: true },
    { type: "session-renewed" },
    { type: "renewal-failed" },
    { type: "nudge" },
  ];
  const expectedPhase = (phase: LadderPhase, event: LadderEvent): LadderPhase => {
    const wakes = (event.type === "session-renewed" && phase === "renewing") || (event.type === "nudge" && phase === "waiting");
    const returns = event.type === "camera" && event.online && phase === "waiting";
    return event.type === "open" || wakes || returns ? "running" : event.type === "close" ? "idle" : phase;
  };
  const rows = phases.flatMap((phase) => events.map((event) => ({ phase, event, name: `${phase}: ${JSON.stringify(event)}` })));
  it.each(rows)("$name", ({ phase, event }) => {
    const state: LadderState = { ...closedLadder, phase, rungs: ["whep", "hls"], nextId: 7 };
    const before = JSON.stringify(state);
    const [next, effects] = stepLadder(state, event, 50_000);
    expect(JSON.stringify(state)).toBe(before);
    expect(next.phase).toBe(expectedPhase(phase, event));
    const starts = effects.filter(({ type }) => type === "start").length;
    const begins = next.phase === "running" && (phase !== "running" || event.type === "nudge" || event.type === "open");
    expect(starts).toBe(begins ? 1 : 0);
  });

  it("ignores frames and failures of an attempt that has ended", () => {
    const player = playing();
    const before = player.state;
    player.hear({ type: "frame", rung: "whep", id: 999, captureMs: null, medianMs: 1 });
    player.hear({ type: "failed", rung: "whep", id: 999, reason: "forbidden" });
    expect(player.state).toBe(before);
  });

  it("ends every attempt on close and on a second open", () => {
    const player = steppedDown();
    player.hear({ type: "nudge" });
    expect(player.open().filter(({ type }) => type === "stop")).toHaveLength(2);
    const started = player.done.filter(({ effect }) => effect.type === "start").length;
    player.hear({ type: "close" });
    expect(player.done.filter(({ effect }) => effect.type === "stop")).toHaveLength(started);
  });
});
