import { AppError } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import type { LeaseNumbers } from "../state/lease-numbers.ts";
import type { LeaseEffects } from "./lease-effects.ts";
import { type LeaseEvent, type LeaseStep, stepLease } from "./lease-machine.ts";
import { type DeviceLease, type Lease, type LeaseChange, type LeaseOutcome, startDeviceLease } from "./lease-state.ts";
import { endAsk, findDueMs } from "./lease-steps.ts";

/** Renewals that come faster are not told to the device, in ms: half of how often they are due, so that nobody can flood it by renewing. */
const tellGapMs = 500;

/**
 * A new driver of a device each second, and this many at once, in ms of that pace: far above what people do. Each costs a few waits for the disk and some
 * lines of the audit log, so that nobody can hold the relay up or push others out of the log by taking and giving back in a loop.
 */
const newDriverMs = 1000;
const maxAheadMs = 10 * newDriverMs;

/** Wait before time is settled again after that could not be done, in ms. */
const faultRetryMs = 1000;

/** What the table is made of. */
type LeaseTableParts = {
  readonly numbers: LeaseNumbers;
  readonly effects: LeaseEffects;
  readonly clock: Clock;
  /** Random bits of a lease number. */
  readonly makeSecret: () => number;
  /** Hears of what could not be done where nobody waits for an answer. */
  readonly onFault: (error: unknown, device: string) => void;
};

/** What is kept of one device. It has one lease and one ask at most, and there are as many as devices were enrolled. */
type Slot = {
  state: DeviceLease;
  listed: { readonly number: number; readonly remove: () => void } | null;
  cancelTick: () => void;
  toldMs: number;
  /** When the new drivers so far would have been due at their pace. */
  paceMs: number;
};

/** The leases of all devices: the machine decides, and this makes it so. */
export class LeaseTable {
  readonly #slots = new Map<string, Slot>();
  readonly #parts: LeaseTableParts;

  /** @param parts everything that it reaches out to */
  constructor(parts: LeaseTableParts) {
    this.#parts = parts;
  }

  /**
   * Lets something happen to the lease of a device.
   * @throws AppError HC_GATEWAY_TOO_MANY_REQUESTS when drivers change too fast; HC_GATEWAY_TOO_MANY_SESSIONS, or what the state threw, when somebody could not be let drive; then nobody came in place of who drove
   */
  run(device: string, event: LeaseEvent): LeaseOutcome {
    const slot = this.#slotOf(device);
    const { clock, effects, makeSecret } = this.#parts;
    const moment = { nowMs: clock.monotonicMs(), wallMs: clock.wallMs(), secret: makeSecret() };
    if ((event.kind === "take" || event.kind === "ask") && slot.paceMs - moment.nowMs >= maxAheadMs) {
      throw new AppError("HC_GATEWAY_TOO_MANY_REQUESTS");
    }
    const { ask } = slot.state;
    // Whoever waits was proved when last heard of. What ended since then must not be given a lease first.
    const isUnfit = ask !== null && !effects.stands(device, ask.by);
    const before = isUnfit ? endAsk({ state: slot.state, changes: [] }, "withdrawn").state : slot.state;
    const step = stepLease(before, event, moment);
    if (step.state !== slot.state) {
      this.#makeSo(device, slot, step);
    }
    return step.outcome;
  }

  /** Who drives now; null for nobody, and for a device that nobody asked about yet. */
  leaseOf(device: string): Lease | null {
    return this.#slots.has(device) ? this.read(device).lease : null;
  }

  /** How things stand now. A deadline that has passed counts, also when its timer is late. */
  read(device: string): DeviceLease {
    const slot = this.#slotOf(device);
    const dueMs = findDueMs(slot.state);
    if (dueMs !== null && this.#parts.clock.monotonicMs() >= dueMs) {
      this.#tick(device);
    }
    return slot.state;
  }

  /** Notes that an answer was read: nothing that anybody else sees. */
  setRead(device: string, state: DeviceLease): void {
    this.#slotOf(device).state = state;
  }

  /** Ends everything and tells the devices. */
  stop(): void {
    for (const [device, slot] of this.#slots) {
      this.#try(device, { kind: "stop" });
      slot.cancelTick();
    }
  }

  #slotOf(device: string): Slot {
    let slot = this.#slots.get(device);
    if (slot === undefined) {
      const state = startDeviceLease(this.#parts.numbers.last(device));
      slot = { state, listed: null, cancelTick: () => undefined, toldMs: Number.NEGATIVE_INFINITY, paceMs: 0 };
      this.#slots.set(device, slot);
    }
    return slot;
  }

  #tick(device: string): void {
    const slot = this.#slotOf(device);
    const before = slot.state;
    const isDone = this.#try(device, { kind: "tick" });
    if (slot.state === before) {
      // Timers count from when the process last looked at its clock and come a little early then; nothing has changed yet, so somebody has to come back.
      this.#planTick(device, slot, isDone ? 1 : faultRetryMs);
    }
  }

  #try(device: string, event: LeaseEvent): boolean {
    try {
      this.run(device, event);
      return true;
    } catch (error) {
      this.#parts.onFault(error, device);
      return false;
    }
  }

  #makeSo(device: string, slot: Slot, step: LeaseStep): void {
    try {
      this.#admit(device, slot, step.state);
    } catch (error) {
      // There is no number or no room for who comes. Whoever had to go goes all the same.
      const ended = step.changes.filter((change) => change.kind === "ended" && change.lease.number === slot.state.lease?.number);
      const { state } = endAsk({ state: slot.state, changes: [] }, "withdrawn");
      const lease = ended.length > 0 ? null : state.lease;
      this.#commit(device, slot, { ...state, lease, lastNumber: step.state.lastNumber }, ended);
      throw error;
    }
    this.#commit(device, slot, step.state, step.changes);
  }

  /** All that can go wrong when somebody new is to drive: the number on the disk, and the place in the list. */
  #admit(device: string, slot: Slot, next: DeviceLease): void {
    const { numbers, effects } = this.#parts;
    if (next.lastNumber > slot.state.lastNumber) {
      slot.paceMs = Math.max(slot.paceMs, this.#parts.clock.monotonicMs()) + newDriverMs;
      numbers.raise(device, next.lastNumber);
    }
    const { lease } = next;
    if (lease !== null && lease.number !== slot.listed?.number) {
      const { number } = lease;
      const { remove } = effects.list(device, lease, () => this.#try(device, { kind: "revoke", number }));
      slot.listed?.remove();
      slot.listed = { number, remove };
    }
  }

  #commit(device: string, slot: Slot, next: DeviceLease, changes: readonly LeaseChange[]): void {
    slot.state = next;
    if (next.lease === null) {
      slot.listed?.remove();
      slot.listed = null;
    }
    this.#planTick(device, slot);
    const { effects, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    const isNews = changes.some(({ kind }) => kind !== "renewed");
    if (isNews || (changes.length > 0 && nowMs - slot.toldMs >= tellGapMs)) {
      slot.toldMs = nowMs;
      effects.tell(device, next);
    }
    effects.record(device, changes);
  }

  #planTick(device: string, slot: Slot, atLeastMs = 0): void {
    const { clock } = this.#parts;
    slot.cancelTick();
    const dueMs = findDueMs(slot.state);
    const wait = dueMs === null ? null : Math.max(atLeastMs, Math.ceil(dueMs - clock.monotonicMs()));
    slot.cancelTick = wait === null ? () => undefined : clock.after(wait, () => this.#tick(device), true);
  }
}
