import type { Messages } from "../i18n/messages.ts";
import type { ApiFailure } from "../session/api-client.ts";

/** Pure: one sentence for a failed request. A registered refusal without a text of ours speaks in the gateway's own words. */
export function sayFailure(text: Messages, failure: ApiFailure, networkUp: boolean): string {
  switch (failure.kind) {
    case "offline":
      return networkUp ? text.relayUnreachable : text.noNetwork;
    case "broken":
      return text.relayTrouble;
    case "refused":
      return sayRefusal(text, failure);
  }
}

/** Pure: one sentence for a failed sign-in, where a 401 is about what was typed. */
export function saySignInFailure(text: Messages, failure: ApiFailure, networkUp: boolean): string {
  return failure.kind === "refused" && failure.status === 401 ? text.wrongPassword : sayFailure(text, failure, networkUp);
}

function sayRefusal(text: Messages, failure: Extract<ApiFailure, { kind: "refused" }>): string {
  switch (failure.code) {
    case "HC_GATEWAY_SHARE_GONE":
      return text.shareGone;
    case "HC_GATEWAY_KICKED":
      return text.kicked;
    case "HC_GATEWAY_TOO_MANY_REQUESTS":
      return text.tooManyRequests;
    case "HC_GATEWAY_TOO_MANY_SESSIONS":
      return text.tooManySessions;
    case "HC_GATEWAY_BUSY":
      return text.busy;
    default:
      return sayStatus(text, failure);
  }
}

function sayStatus(text: Messages, failure: Extract<ApiFailure, { kind: "refused" }>): string {
  switch (failure.status) {
    case 401:
      return text.sessionEnded;
    case 429:
      return text.tooManyTries;
    default:
      return failure.sentence === "" ? text.relayTrouble : failure.sentence;
  }
}
