import { defineErrors } from "./types.ts";

/** Errors of the embedded. */
export const embeddedErrors = defineErrors({});
