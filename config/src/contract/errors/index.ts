import { accessErrors } from "./access.ts";
import { commonErrors } from "./common.ts";
import { driveErrors } from "./drive.ts";
import { edgeErrors } from "./edge.ts";
import { embeddedErrors } from "./embedded.ts";
import { engineErrors } from "./engine.ts";
import { gatewayErrors } from "./gateway.ts";
import type { ErrorEntry } from "./types.ts";

/** Every error code of the product, in one place; a test checks that each is documented. */
export const errorRegistry = {
  ...commonErrors,
  ...engineErrors,
  ...embeddedErrors,
  ...gatewayErrors,
  ...accessErrors,
  ...driveErrors,
  ...edgeErrors,
};

/** A registered error code. */
export type ErrorCode = keyof typeof errorRegistry;

/** What can be added to a registered error when it is raised. `detail` follows the sentence and may hold no secret. */
export type AppErrorOptions = { readonly detail?: string; readonly cause?: unknown };

/** The one error class of the product: a registered code, a sentence a person can act on, and the cause. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  /** @param code registered code @param options detail for the person, and the error beneath */
  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const entry: ErrorEntry = errorRegistry[code];
    super(options.detail === undefined ? entry.sentence : `${entry.sentence} ${options.detail}`, { cause: options.cause });
    this.code = code;
    this.status = entry.status;
    this.retryable = entry.retryable;
  }
}
