import { nalType, readNalType } from "./nal.ts";

/** NAL units in a STAP-A follow its one-byte header, each behind a two-byte length (RFC 6184 section 5.7.1). */
const stapHeaderBytes = 1;
const stapSizeBytes = 2;

/**
 * The parameter sets in one RTP payload, in order: it is one itself, or a STAP-A with some in it. They are views of the payload, which stays as
 * it is. A STAP-A that is cut short gives those before the cut. Fragments give none: a parameter set always fits one packet.
 */
export function listParameterSets(payload: Buffer): Buffer[] {
  const nals = readNalType(payload) === nalType.stapA ? splitAggregate(payload) : [payload];
  return nals.filter((nal) => readNalType(nal) === nalType.sps || readNalType(nal) === nalType.pps);
}

function splitAggregate(payload: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let offset = stapHeaderBytes;
  while (offset + stapSizeBytes <= payload.length) {
    const start = offset + stapSizeBytes;
    offset = start + payload.readUInt16BE(offset);
    if (offset > payload.length) {
      break;
    }
    nals.push(payload.subarray(start, offset));
  }
  return nals;
}
