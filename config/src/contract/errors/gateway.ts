import { defineErrors } from "./types.ts";

/** Errors of the gateway. */
export const gatewayErrors = defineErrors({});
