import { defineErrors } from "./types.ts";

/** Errors that any process can meet. */
export const commonErrors = defineErrors({
  HC_INTERNAL: {
    sentence: "Something inside Helmcast went wrong. Try again; if it stays, look at the log with this request id.",
    status: 500,
    retryable: true,
  },
  HC_SETTING_INVALID: { sentence: "A setting is wrong.", status: 400, retryable: false },
  HC_PORT_TAKEN: {
    sentence:
      "A port that Helmcast needs is in use by another program. Stop that program, or set HELMCAST_PORT or HELMCAST_PORT_BASE to another number.",
    status: 500,
    retryable: true,
  },
  HC_CHILD_FAILED: { sentence: "A program that Helmcast started did not come up.", status: 500, retryable: true },
  HC_START_CANCELLED: { sentence: "The start was broken off because a stop was asked for.", status: 500, retryable: true },
});
