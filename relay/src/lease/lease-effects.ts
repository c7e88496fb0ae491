import { type AuditKind, buildTopic } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import type { Identities } from "../auth/identity.ts";
import { permit } from "../auth/permit.ts";
import type { State } from "../state/state.ts";
import type { Watches } from "../watching/watches.ts";
import { writeLeaseMessage } from "./describe-lease.ts";
import type { DeviceLease, Driver, Lease, LeaseChange } from "./lease-state.ts";

/** The id that stands for a camera's where a driver is listed among what runs: `<device>/drive`. */
const drivePathId = "drive";

/** What the leases reach out to. */
export type LeaseEffectParts = {
  readonly state: Pick<State, "sessions" | "revocations" | "devices">;
  readonly identities: Pick<Identities, "holderOf">;
  readonly watches: Pick<Watches, "add" | "refuseKicked">;
  /** Sends a message to the device, not retained. Must not wait for anybody. */
  readonly publish: (topic: string, payload: string) => void;
  /** The site that topics start with. */
  readonly site: string;
  readonly clock: Clock;
  readonly audit: Pick<State["audit"], "add">;
  readonly log: Log;
};

/** How a lease shows outside. */
export type LeaseEffects = {
  /** Lists the driver among what runs, so that whatever ends that ends the lease. @throws AppError HC_GATEWAY_TOO_MANY_SESSIONS */
  list(device: string, lease: Lease, end: () => void): { remove(): void };
  /** Tells the device who drives. */
  tell(device: string, state: DeviceLease): void;
  /** Writes the changes that matter into the audit log. Never throws. */
  record(device: string, changes: readonly LeaseChange[]): void;
  /** True while somebody may have the lease who was not asked for a proof just now. */
  stands(device: string, who: Driver): boolean;
  /** @throws AppError HC_GATEWAY_KICKED while this sign-in is kept out of driving this device */
  refuseKicked(device: string, sid: string): void;
};

/** The effects over real parts. */
export function createLeaseEffects(parts: LeaseEffectParts): LeaseEffects {
  const { state, identities, watches, clock } = parts;
  const refuseKicked = (device: string, sid: string) => watches.refuseKicked(sid, { device, camera: drivePathId });
  return {
    list(device, { holder: { name, sid, address } }, end) {
      const path = { device, camera: drivePathId };
      return watches.add({ kind: "user", name, sid, transport: "drive", path, address, bytes: () => null, end });
    },
    tell(device, lease) {
      const topic = buildTopic({ site: parts.site, device, channel: "lease" });
      parts.publish(topic, JSON.stringify(writeLeaseMessage(lease, clock.monotonicMs())));
    },
    record(device, changes) {
      for (const change of changes) {
        recordChange(parts, device, change);
      }
    },
    stands(device, { name, sid }) {
      const isSignedIn = !state.revocations.has(sid) && state.sessions.byId(sid, clock.wallMs())?.account === name;
      const holder = identities.holderOf({ kind: "user", name, sid, expMs: Number.POSITIVE_INFINITY }, device);
      return isSignedIn && permit(holder, "write:cmd") && state.devices.get(device) !== null && !throws(() => refuseKicked(device, sid));
    },
    refuseKicked,
  };
}

function recordChange({ audit, clock, log }: LeaseEffectParts, device: string, change: LeaseChange): void {
  if (change.kind === "renewed") {
    return;
  }
  const { name, address: from } = change.lease.holder;
  const [kind, actor, what]: readonly [AuditKind, string, string] =
    change.kind === "taken" ? ["lease-taken", name, change.how] : ["lease-ended", change.by, change.why];
  try {
    audit.add({
      atMs: clock.wallMs(),
      kind,
      actor,
      subject: `${name} (${what})`,
      device,
      address: actor === name ? from : undefined,
    });
  } catch (error) {
    // A disk that is full must not keep a driver from being ended.
    log.error({ err: error, device, kind }, "a change of the driver could not be recorded");
  }
}

function throws(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
