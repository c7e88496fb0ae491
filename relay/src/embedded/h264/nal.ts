/** NAL unit types that the relay tells apart (ITU-T H.264, table 7-1; RFC 6184, table 1 for the aggregating ones). */
export const nalType = {
  slice: 1,
  partitionA: 2,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  aud: 9,
  endOfSequence: 10,
  endOfStream: 11,
  filler: 12,
  stapA: 24,
  fuA: 28,
} as const;

/** The type of a NAL unit; 0 (unspecified) for an empty one. */
export function readNalType(nal: Buffer): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** True for NAL units that carry picture data. */
export function isSlice(type: number): boolean {
  return type >= nalType.slice && type <= nalType.idr;
}
