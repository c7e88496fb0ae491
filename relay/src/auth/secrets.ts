import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A new secret of 256 random bits, in characters that are safe in an address, a header and a file. */
export function makeSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Hash for storing a secret that {@link makeSecret} made. Such a secret cannot be guessed, so it needs no slow hash as a password does. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** Compares two texts in a time that tells nothing of either: their hashes are compared, so lengths do not matter. */
export function secretsEqual(left: string, right: string): boolean {
  return timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());
}
