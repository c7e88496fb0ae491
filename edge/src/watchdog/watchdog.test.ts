import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import type { DriveCommand } from "../command/accept-command.ts";
import { Watchdog } from "./watchdog.ts";

function setUp() {
  const clock = new FakeClock();
  const applied: DriveCommand[] = [];
  const watchdog = new Watchdog({ clock, log: silentLog(), apply: (output) => applied.push(output) });
  const drive = (throttle: number) => watchdog.command({ throttle, steer: 0.5 }, true);
  return { clock, watchdog, drive, applied, throttle: () => applied.at(-1)?.throttle };
}

describe("Watchdog", () => {
  it("stops by its own timer: throttle after 250 ms, steering after 500 ms", async () => {
    const { clock, drive, applied, throttle } = setUp();
    drive(0);
    await clock.advance(50);
    drive(0.2);
    await clock.advance(249);
    expect(throttle()).toBe(0.2);
    await clock.advance(1);
    expect(applied.at(-1)).toEqual({ throttle: 0, steer: 0.5 });
    await clock.advance(250);
    expect(applied.at(-1)).toEqual({ throttle: 0, steer: 0 });
    expect(clock.pending).toBe(0);
  });

  it("passes every command on, because the motors' own timer waits for them", () => {
    const { drive, applied } = setUp();
    drive(0);
    drive(0);
    expect(applied).toHaveLength(2);
  });

  it("is neutral for good once it is closed: later commands neither arm nor move, and leave no timer", async () => {
    const { clock, watchdog, drive, applied, throttle } = setUp();
    drive(0);
    await clock.advance(50);
    drive(0.2);
    watchdog.close();
    expect(throttle()).toBe(0);
    const count = applied.length;
    drive(0);
    await clock.advance(50);
    drive(0.2);
    watchdog.pressStop();
    expect(applied).toHaveLength(count);
    expect(watchdog.state).toMatchObject({ phase: "disarmed", cause: "agent-exit" });
    expect(clock.pending).toBe(0);
  });
});
