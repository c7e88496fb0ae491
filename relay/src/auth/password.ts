import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/** Work of one password check. `logN` 15 with r 8 takes 32 MiB and some 80 ms (OWASP password storage cheat sheet allows N 2^15 with p 3; p 1 keeps a small relay answering). */
export type PasswordCost = { readonly logN: number; readonly r: number; readonly p: number };

/** The cost that new passwords get. */
export const passwordCost: PasswordCost = { logN: 15, r: 8, p: 1 };

const keyBytes = 32;
const saltBytes = 16;

/** Password checks that run at once; each takes 32 MiB, and libuv's four threads also serve the disk. */
const maxRunning = 2;
/** Checks that may wait; beyond that the answer would come too late to be of use. */
const maxWaiting = 16;

/** Hashes and checks passwords with scrypt. Both answer null when too many checks wait already. */
export type Passwords = {
  /** The text to store: cost, salt and key, so that the cost can rise later. Always urgent: only those who have proved who they are set passwords. */
  hash(password: string): Promise<string | null>;
  /**
   * True when the password fits. With `stored` null the same work is done and the answer is false: unknown and wrong take the same time.
   * @param urgent goes before others, and has a waiting room of its own: for those whom a flood of strangers must not keep out
   */
  check(password: string, stored: string | null, urgent?: boolean): Promise<boolean | null>;
};

/** @param cost work per check; tests give a smaller one */
export function createPasswords(cost: PasswordCost = passwordCost): Passwords {
  const limit = createLimit();
  const decoy = encode(cost, randomBytes(saltBytes), randomBytes(keyBytes));
  return {
    hash(password) {
      const salt = randomBytes(saltBytes);
      return limit(async () => encode(cost, salt, await derive(password, salt, cost)), true);
    },
    check(password, stored, urgent = false) {
      const parts = decode(stored ?? decoy);
      if (parts === null) {
        return Promise.resolve(false);
      }
      return limit(async () => {
        const key = await derive(password, parts.salt, parts.cost);
        return timingSafeEqual(key, parts.key) && stored !== null;
      }, urgent);
    },
  };
}

/** Lets two run, sixteen wait, sixteen more wait at the front when they are urgent, and answers null to the rest. */
function createLimit() {
  const waiting: Array<() => void> = [];
  const waitingInFront: Array<() => void> = [];
  let running = 0;
  return async <Result>(work: () => Promise<Result>, urgent = false): Promise<Result | null> => {
    if (running >= maxRunning) {
      const room = urgent ? waitingInFront : waiting;
      if (room.length >= maxWaiting) {
        return null;
      }
      // The one who leaves hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => room.push(resolve));
    } else {
      running++;
    }
    try {
      return await work();
    } finally {
      const next = waitingInFront.shift() ?? waiting.shift();
      if (next === undefined) {
        running--;
      } else {
        next();
      }
    }
  };
}

function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  const n = 2 ** cost.logN;
  const options: ScryptOptions = { N: n, r: cost.r, p: cost.p, maxmem: 256 * n * cost.r };
  return new Promise((resolve, reject) => {
    // NFKC: the same password typed on two keyboards may come in two Unicode forms (RFC 8265, section 4.2).
    scrypt(password.normalize("NFKC"), salt, keyBytes, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function encode(cost: PasswordCost, salt: Buffer, key: Buffer): string {
  return ["scrypt", cost.logN, cost.r, cost.p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

function decode(stored: string): { cost: PasswordCost; salt: Buffer; key: Buffer } | null {
  const match = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(stored);
  const [, logN, r, p, salt, key] = match ?? [];
  if (salt === undefined || key === undefined) {
    return null;
  }
  const keyBuffer = Buffer.from(key, "base64url");
  if (keyBuffer.length !== keyBytes) {
    return null;
  }
  return { cost: { logN: Number(logN), r: Number(r), p: Number(p) }, salt: Buffer.from(salt, "base64url"), key: keyBuffer };
}
