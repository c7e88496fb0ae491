import { AppError, enrolReplySchema, routes } from "@helmcast/config";
import { type Clock, parseJson } from "@helmcast/runtime";
import { askRelay, describeUnreached } from "../session/ask-relay.ts";

/** How often a relay is asked that says "later", and the longest wait in between, in s: together some two minutes of the code's ten. */
const maxAsks = 5;
const maxWaitS = 30;

/** What the relay told: who this device is, and its secret. Never logged. */
export type Enrolled = { readonly device: string; readonly site: string; readonly secret: string };

/** What trading works with. `say` hears of waits. */
export type TradeDeps = { readonly clock: Clock; readonly signal: AbortSignal; readonly say: (line: string) => void };

/**
 * Trades a one-time code for the device's secret at `POST /api/enrol`.
 * @throws AppError HC_EDGE_CODE_WRONG, HC_EDGE_ENROL_FAILED (no answer, or none for now), HC_EDGE_RELAY_ANSWER or HC_EDGE_STOPPED
 */
export async function tradeCode(relayUrl: string, code: string, deps: TradeDeps): Promise<Enrolled> {
  const url = new URL(routes.enrol, relayUrl);
  for (let asks = 1; ; asks++) {
    const answer = await askRelay(url, { code }, deps.signal).catch((error: unknown) => {
      throw explain(error, url, deps.signal);
    });
    const parsed = answer.status === 200 ? enrolReplySchema.safeParse(parseJson(answer.text)) : null;
    if (parsed?.success === true) {
      return Object.freeze(parsed.data);
    }
    if (answer.status === 401) {
      throw new AppError("HC_EDGE_CODE_WRONG");
    }
    if (answer.status !== 429 && answer.status !== 503) {
      throw new AppError("HC_EDGE_RELAY_ANSWER", { detail: `${url.origin} answered ${answer.status}.` });
    }
    if (asks >= maxAsks) {
      throw new AppError("HC_EDGE_ENROL_FAILED", { detail: `${url.origin} answers ${answer.status}.` });
    }
    const waitS = Math.min(maxWaitS, Math.max(1, Number(answer.headers.get("retry-after")) || 1));
    deps.say(`The relay is busy or asks for patience; trying again in ${waitS} s.`);
    await pause(waitS * 1000, deps);
  }
}

function explain(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new AppError("HC_EDGE_STOPPED");
  }
  if (!(error instanceof AppError) || error.code !== "HC_EDGE_RELAY_UNREACHABLE") {
    return error;
  }
  return new AppError("HC_EDGE_ENROL_FAILED", { detail: describeUnreached(url, error), cause: error });
}

async function pause(delayMs: number, { clock, signal }: TradeDeps): Promise<void> {
  await new Promise<void>((done) => {
    const cancel = clock.after(delayMs, done);
    signal.addEventListener(
      "abort",
      () => {
        cancel();
        done();
      },
      { once: true },
    );
  });
  if (signal.aborted) {
    throw new AppError("HC_EDGE_STOPPED");
  }
}
