/** `length` random lower-case hex digits. @param random numbers from 0 to under 1 */
export function randomHex(random: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
}

/** A version 4 UUID (RFC 9562 section 5.4). It is a name, not a secret. */
export function randomUuid(random: () => number): string {
  const hex = randomHex(random, 32);
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
