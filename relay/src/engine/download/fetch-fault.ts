/** Why a fetch failed: one clause for a person, and whether the same request may work a moment later. */
export type FetchFault = { readonly reason: string; readonly retry: boolean };

const networkReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name was not found",
  EAI_AGAIN: "its name could not be looked up",
  ECONNREFUSED: "it refused the connection",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  ENETUNREACH: "there is no network",
  EHOSTUNREACH: "there is no route to it",
  UND_ERR_SOCKET: "the connection broke off",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection broke off",
};

const diskReasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EACCES: "the state folder may not be written",
  EROFS: "the state folder may not be written",
};

/** Waiting times that a fault sentence names, in ms. */
export type FaultTimes = { readonly connectMs: number; readonly stallMs: number; readonly totalMs: number };

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/**
 * Turns what a request or a write threw into a fault. A host that did not take the connection in time is not asked again: a person waits
 * for this at the start, and each try would cost the same seconds.
 */
export function explainFetchError(error: unknown, host: string, times: FaultTimes): FetchFault {
  const code = codeOf(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") {
    return { reason: `${host} gave no answer within ${times.connectMs / 1000} s`, retry: false };
  }
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return { reason: `${host} sent nothing for ${times.stallMs / 1000} s`, retry: true };
  }
  if (code === "UND_ERR_ABORTED" || code === "ABORT_ERR" || code === "20") {
    return { reason: `${host} was not done within ${times.totalMs / 1000} s`, retry: false };
  }
  const disk = diskReasons[code];
  if (disk !== undefined) {
    return { reason: disk, retry: false };
  }
  const network = networkReasons[code];
  return network === undefined
    ? { reason: `${host} could not be asked (${code === "" ? "no error code" : code})`, retry: false }
    : { reason: `${host}: ${network}`, retry: true };
}

/** Judges an HTTP status. Null for 200. Only a server's own trouble (5xx) and "slow down" (429) may pass. */
export function explainStatus(status: number, host: string, fileName: string): FetchFault | null {
  if (status === 200) {
    return null;
  }
  return status === 404
    ? { reason: `${host} has no ${fileName} (404)`, retry: false }
    : { reason: `${host} answered ${status} for ${fileName}`, retry: status >= 500 || status === 429 };
}

/** Times between tries of one file, in ms before jitter: two more tries after the first. */
const retryDelaysMs = [500, 1500] as const;

/** The wait before try number `failures + 1`, or null when it is to be given up. `random` is 0 to 1 and spreads the wait by half. */
export function planRetry(fault: FetchFault, failures: number, random: number): number | null {
  const delayMs = fault.retry ? retryDelaysMs[failures - 1] : undefined;
  return delayMs === undefined ? null : delayMs * (0.75 + random / 2);
}
