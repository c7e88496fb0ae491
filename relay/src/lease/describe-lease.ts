import type { LeaseMessage, LeaseReply } from "@helmcast/config";
import { AppError } from "@helmcast/config";
import type { AskResult, DeviceLease, LeaseOutcome } from "./lease-state.ts";

/** Who reads: a sign-in, and its tab where it is told. */
type LeaseReader = { readonly sid: string; readonly tab: string | null };

/** What a caller is shown. The number goes to the very tab that holds the lease and to nobody else. */
export function describeLease(
  device: string,
  { lease, ask }: DeviceLease,
  reader: LeaseReader,
  answer: AskResult | null,
  now: { readonly nowMs: number; readonly wallMs: number },
): LeaseReply {
  const isMine = lease !== null && lease.holder.sid === reader.sid;
  return {
    state: {
      device,
      holder: lease?.holder.name ?? null,
      mine: isMine,
      sinceAt: lease === null ? null : new Date(now.wallMs - (now.nowMs - lease.sinceMs)).toISOString(),
      expiresInMs: lease === null ? 0 : leftMs(lease.endsMs, now.nowMs),
      ask: ask === null ? null : { id: ask.id, by: ask.by.name, mine: ask.by.sid === reader.sid, answerInMs: leftMs(ask.dueMs, now.nowMs) },
      answer,
    },
    lease: isMine && lease.holder.tab === reader.tab ? lease.number : null,
  };
}

/** What the device is told. */
export function writeLeaseMessage({ lease }: DeviceLease, nowMs: number): LeaseMessage {
  return {
    v: 1,
    kind: "lease",
    lease: lease?.number ?? null,
    holder: lease?.holder.name ?? null,
    ttlMs: lease === null ? 0 : leftMs(lease.endsMs, nowMs),
  };
}

/** The refusal that stands for an outcome; null where all went well. */
export function refuseOutcome(outcome: LeaseOutcome): AppError | null {
  switch (outcome.kind) {
    case "done":
      return null;
    case "held":
      return new AppError("HC_GATEWAY_LEASE_HELD", { detail: `It is ${outcome.by}.` });
    case "lost":
      return new AppError("HC_GATEWAY_LEASE_LOST");
    case "asked":
      return new AppError("HC_GATEWAY_LEASE_ASKED", { detail: `It is ${outcome.by}.` });
    case "ask-gone":
      return new AppError("HC_GATEWAY_LEASE_ASK_GONE");
    case "refused":
      return new AppError("HC_GATEWAY_LEASE_REFUSED", { detail: `Wait ${Math.ceil(outcome.waitMs / 1000)} s.` });
  }
}

function leftMs(untilMs: number, nowMs: number): number {
  return Math.max(0, Math.round(untilMs - nowMs));
}
