import { AppError, defaultSite, deviceIdSchema, routes } from "@helmcast/config";
import { parseJson, readBounded } from "@helmcast/runtime";
import { z } from "zod";

/** What a device needs to publish and to speak MQTT for a while. Holds a secret: never logged. */
export type DeviceToken = {
  readonly accessToken: string;
  /** How long it is good for from the moment it was received, ms; by the relay's clock, so a wrong clock here does no harm. */
  readonly lifetimeMs: number;
  readonly rtspPort: number;
  readonly mqttPort: number;
  readonly site: string;
};

const port = z.number().int().min(1).max(65_535);
const replySchema = z.object({
  accessToken: z.string().min(1).max(4096),
  expiresAt: z.iso.datetime(),
  rtspPort: port,
  mqttPort: port,
  site: deviceIdSchema.default(defaultSite),
});

/** Longest answer that is read, bytes, and longest wait for it, ms. */
const maxReplyBytes = 16_384;
const timeoutMs = 5000;

/** Where and as whom to ask. */
export type TokenRequest = { readonly relayUrl: string; readonly device: string; readonly secret: string };

/**
 * Exchanges the device's secret for a short-lived token at `POST /api/token`.
 * @throws AppError HC_EDGE_DEVICE_REFUSED (401, 403), HC_EDGE_RELAY_UNREACHABLE (no answer, 5xx, 429) or HC_EDGE_RELAY_ANSWER
 */
export async function fetchToken(request: TokenRequest, wallMs: () => number, signal: AbortSignal): Promise<DeviceToken> {
  const url = new URL(routes.token, request.relayUrl);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ device: request.device, secret: request.secret }),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    text = await readReply(response);
  } catch (cause) {
    if (cause instanceof AppError) {
      throw cause;
    }
    throw new AppError("HC_EDGE_RELAY_UNREACHABLE", { detail: `It is ${url.origin}.`, cause });
  }
  if (response.status === 401 || response.status === 403) {
    throw new AppError("HC_EDGE_DEVICE_REFUSED", { detail: `It is called ${request.device} here.` });
  }
  if (response.status >= 500 || response.status === 429) {
    throw new AppError("HC_EDGE_RELAY_UNREACHABLE", { detail: `${url.origin} answers ${response.status}.` });
  }
  const parsed = response.ok ? replySchema.safeParse(parseJson(text)) : null;
  if (parsed?.success !== true) {
    throw new AppError("HC_EDGE_RELAY_ANSWER", { detail: `${url.origin} answered ${response.status}.` });
  }
  const relayNowMs = Date.parse(response.headers.get("date") ?? "");
  const lifetimeMs = Date.parse(parsed.data.expiresAt) - (Number.isFinite(relayNowMs) ? relayNowMs : wallMs());
  const { accessToken, rtspPort, mqttPort, site } = parsed.data;
  return Object.freeze({ accessToken, lifetimeMs, rtspPort, mqttPort, site });
}

async function readReply(response: Response): Promise<string> {
  const text = response.body === null ? "" : await readBounded(response.body, maxReplyBytes);
  if (text === null) {
    throw new AppError("HC_EDGE_RELAY_ANSWER", { detail: `The answer is longer than ${maxReplyBytes} bytes.` });
  }
  return text;
}
