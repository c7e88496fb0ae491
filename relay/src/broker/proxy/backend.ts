import type { Duplex } from "node:stream";
import type { Guest } from "../guard.ts";

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

/** The gateway's own way in. With `renewAfterMs`, what it signed in with ends some time after that, and `prepare` is to be asked for another way meanwhile. */
export type OwnWay = Omit<Upstream, "covers"> & { readonly renewAfterMs?: number };

/** A broker that runs outside the gateway's process. */
export type Backend = {
  readonly kind: "mosquitto" | "emqx";
  /** Begins to work; a program of its own is started. @throws AppError */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Makes everything ready after the broker has come or come back, and gives the gateway's own way in. Rejects while it is away. */
  prepare(onLost: (why: string) => void): Promise<OwnWay>;
  /** A way in for one guest. Rejects while the broker is away. */
  open(guest: Guest): Promise<Upstream>;
  /** The broker takes no notice any more. A program of its own is started anew. */
  revive(why: string): void;
  pid(): number | null;
};
