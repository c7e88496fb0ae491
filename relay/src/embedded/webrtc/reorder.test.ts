import { describe, expect, it } from "vitest";
import { ReorderBuffer } from "./reorder.ts";

function packet(sequence: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeUInt16BE(sequence & 0xffff, 2);
  return buffer;
}

function run(steps: ReadonlyArray<readonly [sequence: number, atMs: number]>): { out: number[]; missed: number[]; buffer: ReorderBuffer } {
  const buffer = new ReorderBuffer();
  const out: number[] = [];
  const missed: number[] = [];
  for (const [sequence, atMs] of steps) {
    const { ready, missing } = buffer.push(packet(sequence), atMs);
    out.push(...ready.map((item) => item.readUInt16BE(2)));
    missed.push(...missing);
  }
  return { out, missed, buffer };
}

const at0 = (...sequences: number[]): [number, number][] => sequences.map((sequence) => [sequence, 0]);

describe("ReorderBuffer", () => {
  it.each([
    ["in order", at0(1, 2, 3), [1, 2, 3], []],
    ["swapped", at0(1, 3, 2, 4), [1, 2, 3, 4], [2]],
    ["over the wrap", at0(65_534, 0, 65_535, 1), [65_534, 65_535, 0, 1], [65_535]],
    ["twice the same", at0(1, 2, 2, 3), [1, 2, 3], []],
    ["one that comes after it was given up", [...at0(1, 3), [4, 200], [2, 201], [5, 202]], [1, 3, 4, 5], [2]],
    ["one that comes late twice over", at0(5, 6, 3), [5, 6], []],
    ["a new beginning", at0(10, 11, 40_000, 40_001), [10, 11, 40_000, 40_001], []],
  ] as const)("orders packets that come %s", (_name, steps, expected, missing) => {
    const { out, missed } = run(steps as ReadonlyArray<readonly [number, number]>);
    expect(out).toEqual(expected);
    expect(missed).toEqual(missing);
  });

  it("holds back no more than its bound and counts what it gives up", () => {
    const { out, buffer } = run(at0(1, ...Array.from({ length: 100 }, (_, index) => index + 3)));
    expect(out.length).toBeGreaterThan(90);
    expect(buffer.lost).toBe(1);
    expect(buffer.extendedHighest).toBe(102);
  });

  it("counts wraps for receiver reports", () => {
    expect(run(at0(65_535, 0, 1)).buffer.extendedHighest).toBe(65_537);
    expect(run(at0(0, 1)).buffer.extendedHighest).toBe(1);
  });
});
