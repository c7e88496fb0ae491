import { defineErrors } from "./types.ts";

/** Errors of driving: who may, and who does. */
export const driveErrors = defineErrors({
  HC_GATEWAY_LEASE_HELD: { sentence: "Somebody else drives. Ask to take over.", status: 409, retryable: true },
  HC_GATEWAY_LEASE_LOST: {
    sentence: "You do not drive any more: it ended, or somebody took over. Take the controls again first.",
    status: 409,
    retryable: false,
  },
  HC_GATEWAY_LEASE_ASKED: { sentence: "Somebody else waits to take over already. One can ask at a time.", status: 409, retryable: true },
  HC_GATEWAY_LEASE_ASK_GONE: { sentence: "Nobody waits for this answer any more.", status: 409, retryable: false },
  HC_GATEWAY_LEASE_REFUSED: { sentence: "The driver said no a moment ago. Ask again a little later.", status: 409, retryable: true },
});
