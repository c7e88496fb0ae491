import { AppError } from "@helmcast/config";
import { readBounded } from "@helmcast/runtime";

/** Longest answer that is read, bytes, and longest wait for it, ms. */
const maxReplyBytes = 16_384;
const timeoutMs = 5000;

/** What the relay answered. */
export type RelayAnswer = { readonly status: number; readonly headers: Headers; readonly text: string };

/**
 * Sends JSON to the relay. Redirects are not followed: a secret goes nowhere but where it was meant to.
 * @throws AppError HC_EDGE_RELAY_UNREACHABLE when no answer came, HC_EDGE_RELAY_ANSWER when it is too long
 */
export async function askRelay(url: URL, body: unknown, signal: AbortSignal): Promise<RelayAnswer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = response.body === null ? "" : await readBounded(response.body, maxReplyBytes);
    if (text === null) {
      throw new AppError("HC_EDGE_RELAY_ANSWER", { detail: `The answer is longer than ${maxReplyBytes} bytes.` });
    }
    return { status: response.status, headers: response.headers, text };
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("HC_EDGE_RELAY_UNREACHABLE", { detail: describeUnreached(url, cause), cause });
  }
}

/** How deep the causes of an error are looked into. */
const maxCauses = 5;

/**
 * Which relay did not answer, and the system's own word for why, such as ECONNREFUSED, from the innermost cause. A board without a clock of its own starts
 * in the past, where no certificate is good yet, so that is said.
 */
export function describeUnreached(url: URL, error: unknown): string {
  let reason = "";
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < maxCauses; at = at.cause, depth++) {
    reason = "code" in at && typeof at.code === "string" && !at.code.startsWith("HC_") ? at.code : reason;
  }
  const clock = /^CERT_(?:NOT_YET_VALID|HAS_EXPIRED)$/.test(reason)
    ? " Check this device's clock: by it, the relay's certificate is not good now."
    : "";
  return `It is ${url.origin}${reason === "" ? "" : ` (${reason})`}.${clock}`;
}
