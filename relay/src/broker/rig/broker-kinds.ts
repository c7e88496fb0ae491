import { findMosquitto, findPlugin } from "../mosquitto/mosquitto-process.ts";

/** A kind of broker that the suite can run against here; EMQX is played by a broker that checks its claims. */
export type TestedKind = "embedded" | "mosquitto" | "emqx claims";

/** Every real kind that is here. One that is not is said aloud, so that a green run without it is not taken for one with it. */
export function brokerKinds(): TestedKind[] {
  if (findMosquitto("") !== null && findPlugin() !== null) {
    return ["embedded", "mosquitto"];
  }
  process.stderr.write(
    "\nSKIPPED: no mosquitto with its dynamic-security plugin is installed here; only the embedded broker is tested.\n\n",
  );
  return ["embedded"];
}
