import type { Identity } from "../auth/identity.ts";
import type { Tokens } from "../auth/tokens.ts";

/** Devices remembered; as many as can be enrolled. */
const maxDevices = 1000;

/** A device's newest proof: the enrolment it holds for, and when it ends (ms since 1970). */
export type DeviceProof = { readonly generation: string; readonly expMs: number };

/** The newest token that each device is known to have. A publisher shows its token once; that it still has a good one is read from here. */
export type DeviceProofs = {
  note(identity: Pick<Identity, "kind" | "name" | "sid" | "expMs">): void;
  newest(device: string): DeviceProof | null;
};

/** Nothing known yet. */
export function createDeviceProofs(): DeviceProofs {
  const proofs = new Map<string, DeviceProof>();
  return {
    note({ kind, name, sid, expMs }) {
      const known = proofs.get(name);
      if (kind !== "device" || (known?.generation === sid && known.expMs >= expMs)) {
        return;
      }
      proofs.delete(name);
      proofs.set(name, { generation: sid, expMs });
      const [oldest] = proofs.keys();
      if (oldest !== undefined && proofs.size > maxDevices) {
        proofs.delete(oldest);
      }
    },
    newest: (device) => proofs.get(device) ?? null,
  };
}

/** Notes each device token that is made: a device that fetches one in time has renewed. */
export function noteIssued(tokens: Tokens, proofs: Pick<DeviceProofs, "note">): Tokens {
  return {
    ...tokens,
    issue(subject, notAfterMs) {
      const issued = tokens.issue(subject, notAfterMs);
      proofs.note({ kind: subject.kind, name: subject.sub, sid: subject.sid, expMs: Date.parse(issued.expiresAt) });
      return issued;
    },
  };
}
