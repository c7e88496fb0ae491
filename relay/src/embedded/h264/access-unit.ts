import type { AccessUnit } from "../stream/types.ts";
import { packetizeH264 } from "./packetize.ts";

/** One picture. Its RTP payloads are made when the first reader asks for them, once for all, and not at all where nobody does. */
export class H264AccessUnit implements AccessUnit {
  readonly pts90k: number;
  readonly arrivalWallMs: number;
  readonly idr: boolean;
  readonly nals: readonly Buffer[];
  readonly sizeBytes: number;
  #rtpPayloads: readonly Buffer[] | null = null;

  /** @param fields everything but the payloads and the size, which follow from the NAL units */
  constructor(fields: { pts90k: number; arrivalWallMs: number; idr: boolean; nals: readonly Buffer[] }) {
    this.pts90k = fields.pts90k;
    this.arrivalWallMs = fields.arrivalWallMs;
    this.idr = fields.idr;
    this.nals = fields.nals;
    this.sizeBytes = fields.nals.reduce((sum, nal) => sum + nal.length, 0);
  }

  get rtpPayloads(): readonly Buffer[] {
    this.#rtpPayloads ??= packetizeH264(this.nals);
    return this.#rtpPayloads;
  }
}
