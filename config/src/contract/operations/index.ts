import { administrationOperations } from "./administration.ts";
import { driveOperations } from "./drive.ts";
import { liveOperations } from "./live.ts";
import { signInOperations } from "./sign-in.ts";
import type { Operation } from "./types.ts";

/** Every operation of the gateway's HTTP interface. A test holds it equal to the routes that the gateway really has. */
export const operations: readonly Operation[] = [...signInOperations, ...administrationOperations, ...liveOperations, ...driveOperations];
