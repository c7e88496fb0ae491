import { buildTopic, echoPongSchema } from "@helmcast/config";
import { parseMessage } from "../drive/link/parse-message.ts";
import type { StageLink } from "../drive/link/stage-link.ts";
import { addSample, type ClockOffset, estimateOffset, type PingSample } from "./clock-offset.ts";

/** How often the device's clock is asked. The first pings come close together, so that an age can be shown within a second. */
const pingLimits = { quickPings: 8, quickEveryMs: 150, everyMs: 2000 } as const;

/** What the clock needs: the stage's link, and the device's name. */
export type ClockLinkOptions = {
  readonly site: string;
  readonly device: string;
  readonly link: Pick<StageLink, "listen" | "send" | "connected">;
  readonly onOffset: (offset: ClockOffset | null) => void;
};

/**
 * Keeps measuring a device's clock by echo pings over the stage's link until `signal` is aborted. Without a link, or when the device does not
 * answer, no offset is ever reported, and the picture's age stays unknown.
 */
export function openClockLink(options: ClockLinkOptions, signal: AbortSignal): void {
  const { link } = options;
  const echo = buildTopic({ ...options, channel: "echo" });
  const page = Math.random().toString(36).slice(2, 10);
  let samples: readonly PingSample[] = [];
  let pings = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ping = (): void => {
    link.send(echo, { v: 1, id: `${page}-${pings}`, sentAtMs: Date.now() });
    pings += 1;
    timer = setTimeout(ping, pings < pingLimits.quickPings ? pingLimits.quickEveryMs : pingLimits.everyMs);
  };
  const stopListening = link.listen(buildTopic({ ...options, channel: "ack" }), (text) => {
    const pong = parseMessage(echoPongSchema, text);
    if (pong?.id.startsWith(`${page}-`)) {
      samples = addSample(samples, { ...pong, heardAtMs: Date.now() });
      options.onOffset(estimateOffset(samples));
    }
  });
  // There is one chain of pings, and none without a connection.
  const stopWatching = link.connected.subscribe((connected) => {
    clearTimeout(timer);
    if (connected) {
      ping();
    }
  });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    stopListening();
    stopWatching();
  });
}
