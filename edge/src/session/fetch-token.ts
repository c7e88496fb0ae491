import { AppError, routes, tokenReplySchema } from "@helmcast/config";
import { parseJson } from "@helmcast/runtime";
import { askRelay } from "./ask-relay.ts";

/** What a device needs to publish and to speak MQTT for a while. Holds a secret: never logged. */
export type DeviceToken = {
  readonly accessToken: string;
  /** How long it is good for from the moment it was received, ms; by the relay's clock, so a wrong clock here does no harm. */
  readonly lifetimeMs: number;
  readonly rtspPort: number;
  readonly mqttPort: number;
  readonly site: string;
};

/** Where and as whom to ask. */
export type TokenRequest = { readonly relayUrl: string; readonly device: string; readonly secret: string };

/**
 * Exchanges the device's secret for a short-lived token at `POST /api/token`.
 * @throws AppError HC_EDGE_DEVICE_REFUSED (401, 403), HC_EDGE_RELAY_UNREACHABLE (no answer, 5xx, 429) or HC_EDGE_RELAY_ANSWER
 */
export async function fetchToken(request: TokenRequest, wallMs: () => number, signal: AbortSignal): Promise<DeviceToken> {
  const url = new URL(routes.token, request.relayUrl);
  const answer = await askRelay(url, { device: request.device, secret: request.secret }, signal);
  if (answer.status === 401 || answer.status === 403) {
    throw new AppError("HC_EDGE_DEVICE_REFUSED", { detail: `It is called ${request.device} here.` });
  }
  if (answer.status >= 500 || answer.status === 429) {
    throw new AppError("HC_EDGE_RELAY_UNREACHABLE", { detail: `${url.origin} answers ${answer.status}.` });
  }
  const parsed = answer.status === 200 ? tokenReplySchema.safeParse(parseJson(answer.text)) : null;
  if (parsed?.success !== true) {
    throw new AppError("HC_EDGE_RELAY_ANSWER", { detail: `${url.origin} answered ${answer.status}.` });
  }
  const relayNowMs = Date.parse(answer.headers.get("date") ?? "");
  const lifetimeMs = Date.parse(parsed.data.expiresAt) - (Number.isFinite(relayNowMs) ? relayNowMs : wallMs());
  const { accessToken, rtspPort, mqttPort, site } = parsed.data;
  return Object.freeze({ accessToken, lifetimeMs, rtspPort, mqttPort, site });
}
