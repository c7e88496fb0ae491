/** One tab of somebody who signed in. `untilMs`: when the proof of the sign-in that it showed last ends, on the monotonic clock. */
export type Driver = {
  readonly name: string;
  readonly sid: string;
  readonly tab: string;
  readonly untilMs: number;
  /** Whence it came last, for the record. */
  readonly address: string;
};

/** Who drives. Every time is of the monotonic clock, ms. */
export type Lease = { readonly number: number; readonly holder: Driver; readonly sinceMs: number; readonly endsMs: number };

/** Somebody asks to take over. `dueMs`: without an answer it goes over then; `heardMs`: when the one who asks was last heard of. */
type Ask = { readonly id: string; readonly by: Driver; readonly dueMs: number; readonly heardMs: number };

/** What became of an ask. */
export type AskResult = "granted" | "refused" | "withdrawn";

/** An {@link AskResult} that was not read yet. */
type UnreadAnswer = { readonly sid: string; readonly tab: string; readonly result: AskResult };

/** All that is known of driving one device. `lastNumber`: the highest lease number so far; `asks`: how many there were, for their ids. */
export type DeviceLease = {
  readonly lastNumber: number;
  readonly asks: number;
  readonly lease: Lease | null;
  readonly ask: Ask | null;
  /** At most {@link maxUnread}; the oldest go. */
  readonly unread: readonly UnreadAnswer[];
  /** Who was told no last, and until when that person may not ask again. */
  readonly refused: { readonly name: string; readonly untilMs: number } | null;
};

/** Unread answers kept of one device: nobody who asks leaves more than one, and few ask within seconds. */
export const maxUnread = 8;

/** Why somebody stopped driving. `revoked`: the sign-in or the grant ended, or somebody was kicked. */
export type LeaseEnd = "released" | "expired" | "handed-over" | "own-tab" | "seized" | "revoked" | "relay-stopped";

/** How somebody came to drive. */
export type LeaseStart = "free" | "handed-over" | "own-tab" | "seized";

/** What became different, in order: to be told to the device and recorded. `by`: whose doing an end was. */
export type LeaseChange =
  | { readonly kind: "ended"; readonly lease: Lease; readonly why: LeaseEnd; readonly by: string }
  | { readonly kind: "taken"; readonly lease: Lease; readonly how: LeaseStart }
  | { readonly kind: "renewed"; readonly lease: Lease };

/** What the one who wished hears. */
export type LeaseOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "held"; readonly by: string }
  | { readonly kind: "lost" }
  | { readonly kind: "asked"; readonly by: string }
  | { readonly kind: "ask-gone" }
  | { readonly kind: "refused"; readonly waitMs: number };

/** Nobody drives. @param lastNumber highest number that the device was ever told */
export function startDeviceLease(lastNumber: number): DeviceLease {
  return { lastNumber, asks: 0, lease: null, ask: null, unread: [], refused: null };
}

/** True for the very tab. */
export function isSameTab(one: Pick<Driver, "sid" | "tab">, other: Pick<Driver, "sid" | "tab">): boolean {
  return one.sid === other.sid && one.tab === other.tab;
}

/**
 * Takes the answer that waits for a tab, or for any tab of the sign-in where `tab` is null.
 * @returns the state in which it is read, and the answer
 */
export function takeAnswer(
  state: DeviceLease,
  reader: { readonly sid: string; readonly tab: string | null },
): { readonly state: DeviceLease; readonly result: AskResult | null } {
  const found = state.unread.find(({ sid, tab }) => sid === reader.sid && (reader.tab === null || tab === reader.tab));
  return found === undefined
    ? { state, result: null }
    : { state: { ...state, unread: state.unread.filter((one) => one !== found) }, result: found.result };
}
