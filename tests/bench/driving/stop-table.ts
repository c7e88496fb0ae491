import type { StopTimes } from "../../drive/rig/car-log.ts";
import { type Course, type Fault, openCourse, timeFault, untilReady } from "../../drive/rig/course.ts";
import { bounds, faults, intrude, outsideBrokerFaults } from "../../drive/rig/faults.ts";
import { findMosquitto } from "../../drive/rig/find-mosquitto.ts";
import type { BrokerKind } from "../../drive/rig/relay-process.ts";
import { drawTable } from "../draw.ts";
import { percentile } from "../figures.ts";
import type { Cleanup } from "../rig/cleanup.ts";

/** How often each fault comes. */
const runs = 20;

/** All times of one fault. A run that could not be taken is told, not counted. */
export type FaultRow = {
  readonly name: string;
  readonly from: string;
  readonly times: readonly StopTimes[];
  readonly failures: readonly string[];
};

/** Lets every fault happen twenty times to a driven vehicle, and gives the table of how long it went on. */
export async function measureStops(cleanup: Cleanup, say: (line: string) => void): Promise<string> {
  const rows: FaultRow[] = [];
  const intrusions: string[] = [];
  for (const [broker, wanted] of [
    ["embedded", faults],
    ["mosquitto", outsideBrokerFaults],
  ] as const) {
    if (broker === "embedded" || findMosquitto() !== null) {
      for (const fault of wanted) {
        say(`  ${fault.name}: ${runs} times`);
        const row = await onCourse(broker, cleanup, (course) => repeat(course, fault));
        say(`  ${row.name}: ${[...row.times.map(({ softMs }) => softMs.toFixed(0)), ...row.failures].join(" ")}`);
        rows.push(row);
      }
      intrusions.push(`${broker}: ${await onCourse(broker, cleanup, countIntrusions)}`);
    }
  }
  return writeStopReport(rows, intrusions);
}

/** A course of its own for each fault: its driver's token is good for a quarter of an hour, and all faults together take longer. */
async function onCourse<Result>(broker: BrokerKind, cleanup: Cleanup, run: (course: Course) => Promise<Result>): Promise<Result> {
  const course = await openCourse(broker);
  const stop = cleanup.add(() => course.stop());
  try {
    await untilReady(course);
    return await run(course);
  } finally {
    await stop();
  }
}

async function repeat(course: Course, fault: Fault): Promise<FaultRow> {
  const times: StopTimes[] = [];
  const failures: string[] = [];
  for (let run = 0; run < runs; run++) {
    try {
      times.push(await timeFault(course, fault));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { name: fault.name, from: fault.from ?? "the fault", times, failures };
}

/** A second driver tries it as often. */
async function countIntrusions(course: Course): Promise<string> {
  let moved = 0;
  let taken = 0;
  let disturbed = 0;
  let tried = 0;
  for (let run = 0; run < runs; run++) {
    const result = await intrude(course).catch(() => null);
    if (result !== null) {
      tried += 1;
      moved += result.moved.length;
      taken += result.taken ? 1 : 0;
      disturbed += result.kept ? 0 : 1;
    }
  }
  return `${tried} of ${runs} attempts, let take the lease ${taken}, lines of the log that obeyed it ${moved}, first driver disturbed ${disturbed}`;
}

/** The table and whether the bounds hold. Pure. */
export function writeStopReport(rows: readonly FaultRow[], intrusions: readonly string[]): string {
  const table = drawTable([
    ["fault", "runs", "throttle 0: min", "p50", "max", `<= ${bounds.softMs}`, "neutral: min", "p50", "max", `<= ${bounds.hardMs}`],
    ...rows.map(({ name, times, failures }) => [
      name,
      failures.length === 0 ? String(times.length) : `${times.length} (${failures.length} not taken)`,
      ...boundsOf(
        times.map(({ softMs }) => softMs),
        bounds.softMs,
      ),
      ...boundsOf(
        times.map(({ hardMs }) => hardMs),
        bounds.hardMs,
      ),
    ]),
  ]);
  const from = rows.filter((row) => row.from !== "the fault").map((row) => `  ${row.name}: from ${row.from}`);
  return [
    "How long a driven vehicle goes on, ms, by the simulated car's own log",
    table,
    `Counted from the fault itself, but\n${from.join("\n")}`,
    `A second driver, who knows even the number of the lease\n${intrusions.map((line) => `  ${line}`).join("\n")}`,
    footnote,
  ].join("\n\n");
}

const footnote = `Throttle 0.5 at 20 commands a second over /mqtt. Each line of the log has the machine's monotonic time, and the last one is what the wheels do.
A stop counts from the first line after which none has throttle (or, for neutral, throttle or steering) any more, while the fault lasts and after it, when
what had waited comes through. A bound is reached when all ${runs} runs were taken and the slowest is within it.`;

function boundsOf(values: readonly number[], bound: number): string[] {
  const most = Math.max(...values);
  return [
    show(Math.min(...values)),
    show(percentile(values, 0.5)),
    show(most),
    values.length === runs && most <= bound ? "reached" : "not reached",
  ];
}

function show(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "never" : value.toFixed(0);
}
