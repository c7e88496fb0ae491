import type { z } from "zod";
import type { ErrorCode } from "../errors/index.ts";

/** Everything that can be done with one device. Who may do it stands in the permission matrix of the relay. */
export type DeviceAction = "watch" | "publish" | "talk" | "manage" | "write:cmd" | "read:telemetry";

/** Everything that can be done with the relay as a whole. */
export type SiteAction = "site:people" | "site:devices" | "site:audit" | "site:metrics";

/**
 * Who may call an operation. `open`: anybody; `account`: anybody who signed in with an account, for what is their own; `visitor`: also one by a
 * share link. An action: whoever the permission matrix lets do it, for `device` actions on the device that the request names.
 */
export type Access = "open" | "account" | "visitor" | { readonly device: DeviceAction } | { readonly site: SiteAction };

/** A body: its media type, and its schema where it is JSON. */
export type BodyRule = { readonly type: string; readonly schema?: z.ZodType };

/** An answer. `headers`: those that a client needs, by name, each with what it says. */
export type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } & Partial<BodyRule>;

/** One operation of the gateway: the source of the OpenAPI document, of the permission test and of the fuzzing. */
export type Operation = {
  /** Name in the OpenAPI document. */
  readonly id: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete" | "options";
  /** As Express writes it: `/api/accounts/:name`. */
  readonly path: string;
  readonly tag: "sign-in" | "people" | "devices" | "shares" | "watching" | "cameras" | "driving" | "operations";
  /** One sentence. */
  readonly summary: string;
  readonly access: Access;
  /** The proof counts only as the session cookie, not as an access token. */
  readonly cookieOnly?: true;
  readonly query?: z.ZodObject;
  readonly body?: BodyRule;
  /** The answer when all goes well. */
  readonly reply: Reply;
  /** Other answers that are no refusals: another form of the same, not changed, not ready. */
  readonly otherReplies?: readonly Reply[];
  /** Refusals of its own, beside those of every request: not signed in, not allowed, bad path, too much. */
  readonly errors: readonly ErrorCode[];
};
