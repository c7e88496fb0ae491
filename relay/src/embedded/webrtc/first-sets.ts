import { listParameterSets } from "../h264/list-sets.ts";
import { nalType, readNalType } from "../h264/nal.ts";
import { parseRtp } from "../stream/rtp.ts";

/** What describes a stream, and the packets since the one that brought it. */
export type FirstSets = { readonly sps: Buffer; readonly pps: Buffer; readonly packets: readonly Buffer[] };

/** Most packets from an SPS to its PPS: encoders send them as neighbours, with at most SEI between. */
const maxBetween = 16;

/**
 * Waits for the first SPS and PPS of a stream: WHIP offers bring none, and a stream without them can be described to nobody. Packets before the
 * SPS are dropped, since nothing in them can be decoded.
 */
export class FirstSetsWatch {
  #sps: Buffer | null = null;
  #packets: Buffer[] = [];

  /** Takes the next RTP packet; not null once both sets are there. The packet is kept and not changed. */
  push(packet: Buffer): FirstSets | null {
    const sets = listParameterSets(parseRtp(packet)?.payload ?? Buffer.alloc(0));
    const sps = sets.findLast((nal) => readNalType(nal) === nalType.sps);
    const pps = sets.find((nal) => readNalType(nal) === nalType.pps);
    if (sps !== undefined) {
      this.#sps = Buffer.from(sps);
      this.#packets = [];
    }
    if (this.#sps === null) {
      return null;
    }
    this.#packets.push(packet);
    if (pps !== undefined) {
      return { sps: this.#sps, pps: Buffer.from(pps), packets: this.#packets };
    }
    if (this.#packets.length >= maxBetween) {
      this.#sps = null;
      this.#packets = [];
    }
    return null;
  }
}
