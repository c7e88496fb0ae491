import { networkInterfaces } from "node:os";

/** An address of this machine that is not loopback: what comes from it is a stranger to the gateway, and never leaves the machine. */
export function outsideAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined) {
    throw new Error("this machine has no network address besides loopback; the test needs one");
  }
  return found.address;
}
