import { describe, expect, it } from "vitest";
import { listParameterSets } from "./list-sets.ts";
import { packetizeH264 } from "./packetize.ts";

const sps = Buffer.from([0x67, 1, 2]);
const pps = Buffer.from([0x68, 3]);
const idr = Buffer.from([0x65, 4]);
const stap = packetizeH264([sps, pps, idr])[0] ?? Buffer.alloc(0);

describe("listParameterSets", () => {
  it.each([
    ["one alone", sps, [sps]],
    ["a picture", idr, []],
    ["a STAP-A with a picture", stap, [sps, pps]],
    ["a STAP-A that ends inside the second", stap.subarray(0, 7), [sps]],
    ["a STAP-A of nothing", Buffer.from([0x78]), []],
    ["a fragment", Buffer.from([0x7c, 0x87, 1]), []],
    ["an empty payload", Buffer.alloc(0), []],
  ])("reads %s", (_name, payload, expected) => {
    const before = Buffer.from(payload);
    expect(listParameterSets(payload)).toEqual(expected);
    expect(payload).toEqual(before);
  });
});
