import { defineErrors } from "./types.ts";

/** Errors of the engine. */
export const engineErrors = defineErrors({});
