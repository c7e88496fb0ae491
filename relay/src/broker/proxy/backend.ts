import type { Duplex } from "node:stream";
import type { Guest } from "../guard.ts";

/** What somebody showed at the door. */
type Shown = { readonly username: string; readonly password: Buffer };

/** A way to the broker for one connection: an open stream, and what to sign in with there. */
export type Upstream = {
  readonly stream: Duplex;
  readonly username: string;
  readonly password: Buffer;
  /** False when the broker does not know yet of a right that its guest got after it came; a new connection has it. */
  covers(topic: string): boolean;
  /** Call when the connection has ended. */
  release(): void;
};

/** A broker that runs outside the gateway's process. */
export type Backend = {
  readonly kind: "mosquitto" | "emqx";
  /** Begins to work; a program of its own is started. @throws AppError */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Makes everything ready after the broker has come or come back, and gives the gateway's own way in. Rejects while it is away. */
  prepare(onLost: (why: string) => void): Promise<Omit<Upstream, "covers">>;
  /** A way in for one guest. Rejects while the broker is away. */
  open(guest: Guest, shown: Shown): Promise<Upstream>;
  /** The broker takes no notice any more. A program of its own is started anew. */
  revive(why: string): void;
  pid(): number | null;
};
