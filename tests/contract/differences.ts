import type { EngineKind } from "./rig/engines.ts";

type Demand = { readonly of: readonly EngineKind[]; readonly why: string };

/**
 * Every demand that is not made of both engines, and why. Whatever is not here is asked of both in the same way; where they differ
 * without being listed, MediaMTX is right.
 */
export const demands = {
  fits1200Bytes: {
    of: ["embedded"],
    why: "MediaMTX allows 1452 bytes for a packet to a viewer; the embedded relay cuts to 1200, which passes every network.",
  },
  beginsWithKeyFrame: {
    of: ["embedded"],
    why: "MediaMTX lets a viewer in between two key frames; the embedded relay begins with the newest one, so that a picture comes at once.",
  },
  tellsPeerOfEnd: {
    of: ["mediamtx"],
    why: "libdatachannel ends a connection that carries media only without a word to the other side; there ICE consent has to run out.",
  },
  restartsIce: {
    of: ["mediamtx"],
    why: "libjuice can't restart ICE within a connection; the embedded relay ends the session with 404, and the viewer makes a new one.",
  },
} as const satisfies Readonly<Record<string, Demand>>;

/** True when the demand is made of this engine. */
export function isAskedOf(name: keyof typeof demands, kind: EngineKind): boolean {
  const { of }: Demand = demands[name];
  return of.includes(kind);
}
