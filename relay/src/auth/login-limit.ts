/** A bucket of tries that fills again over time. */
type Bucket = { tries: number; atMs: number };

/** Wrong tries at once, and the seconds after which one more is allowed. */
export type TryRule = { readonly burst: number; readonly refillS: number };

/** Ten wrong passwords from one address at once, then one per 6 s: 14,400 a day, nothing against 60 random bits, and no bother to a person. */
export const addressRule: TryRule = { burst: 10, refillS: 6 };
/** Wrong tries against one account from all addresses together that never signed in to it. */
export const accountRule: TryRule = { burst: 30, refillS: 6 };
/** Buckets kept of each kind; the oldest goes first. */
const maxBuckets = 10_000;

/**
 * Slows guessing per address and per account. An address that signed in to the account before is not held back by what others do to the
 * account, so a stranger's guesses never lock the owner out.
 */
export type LoginLimit = {
  /** Takes a try: null when it may go ahead, else how many seconds to wait. */
  take(address: string, account: string): number | null;
  /** Gives the try back after a success, and remembers the address as the account's own. */
  succeed(address: string, account: string): void;
  /** Gives the try back when it could not be judged. */
  giveBack(address: string, account: string): void;
  /** True for an address from which somebody signed in to this account before. */
  isOwn(address: string, account: string): boolean;
};

/**
 * @param monotonicMs clock for refilling
 * @param known addresses from which accounts are signed in already, so that a restart under attack does not lock their owners out
 */
export function createLoginLimit(
  monotonicMs: () => number,
  known: Iterable<{ readonly address: string; readonly account: string }> = [],
): LoginLimit {
  const byAddress = new Map<string, Bucket>();
  const byAccount = new Map<string, Bucket>();
  const trusted = new Map<string, true>();
  const pair = (address: string, account: string) => `${networkOf(address)} ${account}`;
  for (const { address, account } of known) {
    remember(trusted, pair(address, account), true);
  }
  return {
    take(address, account) {
      const nowMs = monotonicMs();
      const network = networkOf(address);
      const accountFree = trusted.has(pair(address, account));
      const waitS = Math.max(
        waitFor(byAddress.get(network), addressRule, nowMs),
        accountFree ? 0 : waitFor(byAccount.get(account), accountRule, nowMs),
      );
      if (waitS > 0) {
        return waitS;
      }
      spend(byAddress, network, addressRule, nowMs);
      if (!accountFree) {
        spend(byAccount, account, accountRule, nowMs);
      }
      return null;
    },
    succeed(address, account) {
      giveBack(byAddress.get(networkOf(address)));
      if (!trusted.has(pair(address, account))) {
        giveBack(byAccount.get(account));
        remember(trusted, pair(address, account), true);
      }
    },
    giveBack(address, account) {
      giveBack(byAddress.get(networkOf(address)));
      if (!trusted.has(pair(address, account))) {
        giveBack(byAccount.get(account));
      }
    },
    isOwn: (address, account) => trusted.has(pair(address, account)),
  };
}

/** An IPv6 host owns its whole /64, so that counts as one address (RFC 6177, section 2). */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) {
    return address;
  }
  const [head = "", tail = ""] = address.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = tail.split(":").filter((group) => group !== "");
  const zeros = address.includes("::") ? new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0") : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}

function waitFor(bucket: Bucket | undefined, rule: TryRule, nowMs: number): number {
  const left = bucket === undefined ? rule.burst : refilled(bucket, rule, nowMs);
  return left >= 1 ? 0 : Math.ceil((1 - left) * rule.refillS);
}

function refilled(bucket: Bucket, rule: TryRule, nowMs: number): number {
  return Math.min(rule.burst, bucket.tries + (nowMs - bucket.atMs) / (rule.refillS * 1000));
}

function spend(buckets: Map<string, Bucket>, key: string, rule: TryRule, nowMs: number): void {
  const bucket = buckets.get(key);
  const left = bucket === undefined ? rule.burst : refilled(bucket, rule, nowMs);
  remember(buckets, key, { tries: left - 1, atMs: nowMs });
}

function giveBack(bucket: Bucket | undefined): void {
  if (bucket !== undefined) {
    bucket.tries += 1;
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > maxBuckets && !oldest.done) {
    map.delete(oldest.value);
  }
}
