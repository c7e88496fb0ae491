import { defineErrors } from "./types.ts";

/** Errors of the edge. */
export const edgeErrors = defineErrors({});
