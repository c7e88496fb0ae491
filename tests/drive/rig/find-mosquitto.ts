import { existsSync } from "node:fs";

/** Where Debian's package puts it. */
const program = "/usr/sbin/mosquitto";

/** The mosquitto of this machine; null, said aloud, when there is none: a green run without it must not be taken for one with it. */
export function findMosquitto(): string | null {
  if (existsSync(program)) {
    return program;
  }
  process.stderr.write("\nSKIPPED: no mosquitto is installed here; stop times are taken with the embedded broker only.\n\n");
  return null;
}
