import { AppError } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { rtpPacket, testPublishRequest, testReader, testRegistry } from "../rtsp/test-support.ts";
import type { StreamWriter } from "./types.ts";

const idr = Buffer.from([0x65, 0x88, 0x84, 0x00]);
const picture = Buffer.from([0x41, 0x9a, 0x00, 0x00]);

/** Writes one picture per letter, `I` for an IDR, 3000 ticks apart. */
function write(writer: StreamWriter, letters: string, from = 0): void {
  for (const [index, letter] of [...letters].entries()) {
    const at = from + index;
    writer.writeVideoRtp(
      rtpPacket({ sequence: at, timestamp: at * 3000, marker: true, payload: Buffer.from(letter === "I" ? idr : picture) }),
    );
  }
}

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof AppError ? error.code : "other";
  }
}

describe("StreamRegistry", () => {
  it("gives every reader every picture, and a throwing reader harms nobody", () => {
    const { registry } = testRegistry();
    const writer = registry.publish(testPublishRequest("dev/main"));
    const bad = { ...testReader(), onVideo: () => expect.fail("broken") };
    const good = testReader();
    writer.stream.addReader(bad);
    writer.stream.addReader(good);
    write(writer, "IPP");
    expect(good.got).toEqual(["idr", "picture", "picture"]);
    expect(bad.got).toEqual(["end"]);
    expect(registry.get("dev/main")?.readers).toEqual([{ type: "rtspSession", id: good.id }]);
  });

  it("keeps the pictures since the newest IDR for who joins later", () => {
    const { registry } = testRegistry();
    const writer = registry.publish(testPublishRequest("dev/main"));
    write(writer, "IPPIP");
    expect(writer.stream.gop.map((unit) => unit.idr)).toEqual([true, false]);
  });

  it("ends readers when the publisher ends, and what the publisher writes afterwards goes nowhere", () => {
    const { registry } = testRegistry();
    const writer = registry.publish(testPublishRequest("dev/main"));
    const reader = testReader();
    writer.stream.addReader(reader);
    writer.end();
    write(writer, "I");
    expect(reader.got).toEqual(["end"]);
    expect(registry.find("dev/main")).toBeNull();
    expect(registry.get("dev/main")).toBeNull();
  });

  it("lets a second publisher take over, and the first one's late end does not end the second", () => {
    const { registry } = testRegistry();
    const reasons: string[] = [];
    const first = registry.publish(testPublishRequest("dev/main", { close: (reason) => reasons.push(reason) }));
    const second = registry.publish(testPublishRequest("dev/main"));
    first.end();
    expect(reasons).toEqual(["another publisher took over"]);
    expect(registry.find("dev/main")).toBe(second.stream);
  });

  it("refuses a second publisher without overridePublisher, an unknown path, and a reader too many", () => {
    const { registry } = testRegistry({ overridePublisher: false, maxReaders: 1 });
    const writer = registry.publish(testPublishRequest("dev/main"));
    expect(codeOf(() => registry.publish(testPublishRequest("dev/main")))).toBe("HC_EMBEDDED_PATH_TAKEN");
    expect(codeOf(() => registry.publish(testPublishRequest("no")))).toBe("HC_EMBEDDED_PATH_NOT_CONFIGURED");
    expect(codeOf(() => registry.publish(testPublishRequest("a/../b")))).toBe("HC_EMBEDDED_PATH_NOT_CONFIGURED");
    const leave = writer.stream.addReader(testReader());
    expect(codeOf(() => writer.stream.addReader(testReader()))).toBe("HC_EMBEDDED_READER_LIMIT");
    leave();
    expect(codeOf(() => writer.stream.addReader(testReader()))).toBeNull();
  });

  it("lists exact names always and regex paths while they are in use, with times and bytes", () => {
    const { registry, clock } = testRegistry();
    expect(registry.list().map((path) => [path.name, path.online])).toEqual([["fixed/one", false]]);
    const writer = registry.publish(testPublishRequest("dev/main"));
    write(writer, "IP");
    writer.stream.countOutbound(500);
    expect(registry.get("dev/main")).toMatchObject({
      confName: "~^[a-z]+/[a-z]+$",
      online: true,
      onlineTime: new Date(clock.wallMs()).toISOString(),
      inboundBytes: 2 * 16,
      outboundBytes: 500,
      tracks2: [{ codec: "H264", codecProps: { width: 640, height: 360, profile: "Baseline", level: "3" } }],
    });
  });

  it("sends a publisher away when its path is taken out of the settings", () => {
    const { registry, paths } = testRegistry();
    const reasons: string[] = [];
    registry.publish(testPublishRequest("dev/main", { close: (reason) => reasons.push(reason) }));
    expect(paths.delete("~^[a-z]+/[a-z]+$")).toEqual({ ok: true });
    expect(reasons).toEqual(["the path was taken out of the settings"]);
  });

  it("forgets the counts of a path that is taken out of the settings", () => {
    const { registry, paths } = testRegistry();
    const writer = registry.publish(testPublishRequest("fixed/one"));
    write(writer, "IP");
    writer.end();
    expect(registry.get("fixed/one")?.inboundBytes).toBe(2 * 16);
    paths.delete("fixed/one");
    paths.add("fixed/one", {});
    expect(registry.get("fixed/one")?.inboundBytes).toBe(0);
  });

  it("tells listeners of each new stream, and asks a source for key frames at most twice a second", async () => {
    const { registry, clock } = testRegistry();
    const seen: string[] = [];
    registry.onLive((stream) => seen.push(stream.path));
    let asked = 0;
    const { stream } = registry.publish(testPublishRequest("dev/main", { requestKeyFrame: () => (asked += 1) }));
    stream.requestKeyFrame();
    stream.requestKeyFrame();
    await clock.advance(500);
    stream.requestKeyFrame();
    expect([seen, asked]).toEqual([["dev/main"], 2]);
  });

  it("puts sound on the picture's clock by the sender reports, and drops what comes before the first picture", () => {
    const { registry } = testRegistry();
    const writer = registry.publish(testPublishRequest("dev/main", { audio: { codec: "Opus", channels: 2 } }));
    const reader = testReader();
    writer.stream.addReader(reader);
    const sound = (sequence: number, timestamp: number): void =>
      writer.writeAudioRtp(rtpPacket({ sequence, timestamp, marker: true, payload: Buffer.from([1, 2, 3]), payloadType: 97 }));
    writer.noteSenderReport?.("video", { ntpMs: 1000, timestamp: 0 });
    writer.noteSenderReport?.("audio", { ntpMs: 1000, timestamp: 480_000 });
    sound(1, 480_000);
    write(writer, "I");
    sound(2, 480_960);
    sound(3, 481_920);
    expect(reader.got).toEqual(["idr", "sound", "sound"]);
    expect(reader.pts).toEqual([0, 960, 1920]);
  });
});
