import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { type RtspLink, sessionTimeoutS } from "../rtsp/rtsp-session.ts";
import { testPublishRequest, testRegistry } from "../rtsp/test-support.ts";
import { PlaySession } from "./play-session.ts";

/** A session on `dev/main` and the silence that it grants its client, ms, each time it says so. */
function openSession(): { ask: (method: string, url?: string) => Promise<number>; grantedMs: number[] } {
  const { registry } = testRegistry();
  registry.publish(testPublishRequest("dev/main"));
  const grantedMs: number[] = [];
  const link: RtspLink = {
    connId: "c",
    ip: "127.0.0.1",
    remoteAddr: "127.0.0.1:1",
    send: () => undefined,
    backlogBytes: () => 0,
    close: () => undefined,
    established: (idleMs) => grantedMs.push(idleMs),
  };
  const auth = { ask: async () => "allowed" as const };
  const session = new PlaySession(link, { streams: registry, auth, clock: new FakeClock(), log: silentLog() });
  const headers = new Map([["transport", "RTP/AVP/TCP;unicast;interleaved=0-1"]]);
  const ask = async (method: string, url = "rtsp://h/dev/main"): Promise<number> =>
    (await session.handle({ method, url, headers, body: Buffer.alloc(0) })).status;
  return { ask, grantedMs };
}

describe("PlaySession", () => {
  it("lets a playing client be silent, and a paused one no longer than the session timeout", async () => {
    const { ask, grantedMs } = openSession();
    expect(await ask("SETUP", "rtsp://h/dev/main/trackID=0")).toBe(200);
    expect([await ask("PLAY"), await ask("PAUSE"), await ask("PLAY")]).toEqual([200, 200, 200]);
    expect(grantedMs).toEqual([0, sessionTimeoutS * 1000, 0]);
  });
});
