import { createHash, timingSafeEqual } from "node:crypto";

/** True when `authorization` is the bearer secret of CDN mode. Hashes are compared, so time says nothing about contents or length. */
export function holdsCdnSecret(authorization: string | undefined, secret: string | null): boolean {
  if (secret === null || secret === "") {
    return false;
  }
  return timingSafeEqual(hash(authorization ?? ""), hash(`Bearer ${secret}`));
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
