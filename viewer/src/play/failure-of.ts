import type { FailureReason } from "./ladder-types.ts";

/**
 * Pure: what a refusal of the gateway means for the ladder. `code` is the registered error code, "" when the body had none.
 * 406 is WHEP's "no common codec"; MediaMTX says the same with 400, which the gateway tells apart by its code.
 */
export function failureOf(status: number, code: string): FailureReason {
  if (status === 406 || status === 415 || code.includes("CODEC")) {
    return "codec";
  }
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return code === "HC_GATEWAY_KICKED" ? "kicked" : "forbidden";
    case 404:
      return "not-found";
    default:
      return "network";
  }
}
