import { defineErrors } from "./types.ts";

/** Errors of accounts, devices, share links and limits at the gateway. */
export const accessErrors = defineErrors({
  HC_GATEWAY_SHARE_GONE: { sentence: "This share link has ended, or was taken back. Ask for a new one.", status: 404, retryable: false },
  HC_GATEWAY_CODE_WRONG: {
    sentence: "This enrolment code is wrong, was used already, or is older than ten minutes. Make a new one.",
    status: 401,
    retryable: false,
  },
  HC_GATEWAY_ACCOUNT_EXISTS: { sentence: "There is an account of this name already.", status: 409, retryable: false },
  HC_GATEWAY_ACCOUNT_UNKNOWN: { sentence: "There is no account of this name.", status: 404, retryable: false },
  HC_GATEWAY_GRANT_UNKNOWN: { sentence: "This account has no grant on this device.", status: 404, retryable: false },
  HC_GATEWAY_DEVICE_UNKNOWN: { sentence: "No device of this name is enrolled.", status: 404, retryable: false },
  HC_GATEWAY_BAD_QUERY: { sentence: "What follows the ? in this address is not what this address takes.", status: 400, retryable: false },
  HC_GATEWAY_BAD_PASSWORD: { sentence: "No password that can be used was given, so nothing was changed.", status: 400, retryable: false },
  HC_GATEWAY_BACKUP: { sentence: "The backup was not written.", status: 409, retryable: false },
  HC_GATEWAY_DATA_BUSY: {
    sentence: "Another Helmcast works in this data folder, or is just starting or stopping there. Stop it, or try again in a few seconds.",
    status: 500,
    retryable: true,
  },
  HC_GATEWAY_CONTROL: {
    sentence: "The control socket in the data folder, over which the command line asks a running relay, cannot be used.",
    status: 500,
    retryable: true,
  },
  HC_GATEWAY_LAST_ADMIN: {
    sentence: "This would leave nobody who may run this relay. Make another account admin of every device first.",
    status: 409,
    retryable: false,
  },
  HC_GATEWAY_LIMIT: { sentence: "There are as many of these as the relay keeps. Remove one first.", status: 409, retryable: false },
  HC_GATEWAY_KICKED: {
    sentence: "Somebody who runs this relay ended this. It can be opened again in half a minute.",
    status: 403,
    retryable: true,
  },
  HC_GATEWAY_TOO_MANY_REQUESTS: {
    sentence: "Too many requests from here. Wait as many seconds as the Retry-After header says.",
    status: 429,
    retryable: true,
  },
});
