import { FakeClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { Rendition } from "./rendition.ts";
import { maxWaiters, WaitingRoom } from "./waiting-room.ts";

const targets = { targetDurationS: 1, partTargetS: 0.2 };

function createRendition(maxWindowBytes = 1_000_000): Rendition {
  return new Rendition({
    id: "video1",
    prefix: "0123456789ab",
    contentType: "video/mp4",
    init: Buffer.from("init"),
    segmentCount: 7,
    maxWindowBytes,
  });
}

function addSegment(rendition: Rendition, parts = 5, bytes = 10): void {
  rendition.openSegment(0);
  for (let index = 0; index < parts; index += 1) {
    rendition.addPart({ data: Buffer.alloc(bytes), durationS: 0.2, independent: index === 0 });
  }
  rendition.endSegment(parts * 0.2);
}

function addSegments(rendition: Rendition, count: number): void {
  for (let index = 0; index < count; index += 1) {
    addSegment(rendition);
  }
}

describe("Rendition", () => {
  it("fills the window with gaps at the start and numbers the first segment 7", () => {
    const rendition = createRendition();
    addSegment(rendition);
    const text = rendition.playlist(targets, false).toString();
    expect(text.match(/EXT-X-GAP/g)).toHaveLength(6);
    expect(text).toContain("#EXT-X-MEDIA-SEQUENCE:1\n");
    expect(text).toContain("0123456789ab_video1_seg7.mp4");
  });

  it("lets a segment and its parts go when the window has moved past them", () => {
    const rendition = createRendition();
    addSegments(rendition, 9);
    expect(rendition.find("0123456789ab_video1_seg8.mp4")).toBeNull();
    expect(rendition.find("0123456789ab_video1_part9.mp4")).toBeNull();
    expect(rendition.find("0123456789ab_video1_seg9.mp4")).toMatchObject({ bytes: 50 });
    expect(rendition.heldBytes).toBe(350);
  });

  it("shortens the window rather than hold too many bytes", () => {
    const rendition = createRendition(200);
    addSegments(rendition, 9);
    expect(rendition.heldBytes).toBeLessThanOrEqual(200);
    expect(
      rendition
        .playlist(targets, false)
        .toString()
        .match(/#EXTINF/g),
    ).toHaveLength(4);
  });

  it("makes the text once for all until something changes", () => {
    const rendition = createRendition();
    addSegment(rendition);
    const first = rendition.playlist(targets, false);
    expect(rendition.playlist(targets, false)).toBe(first);
    rendition.openSegment(0);
    rendition.addPart({ data: Buffer.alloc(1), durationS: 0.2, independent: true });
    expect(rendition.playlist(targets, false)).not.toBe(first);
  });

  it.each([
    ["a part of a complete segment", 10, 4, true],
    ["one after its last: the next segment's first", 10, 5, true],
    ["the part in the open segment", 11, 0, true],
    ["the part after it", 11, 1, false],
    ["the next segment", 12, 0, false],
    ["a gap", 6, 0, true],
  ])("hasPart: %s", (_name, msn, part, expected) => {
    const rendition = createRendition();
    addSegments(rendition, 4);
    rendition.openSegment(0);
    rendition.addPart({ data: Buffer.alloc(1), durationS: 0.2, independent: true });
    expect(rendition.hasPart(msn, part)).toBe(expected);
  });

  it.each([
    [13, false],
    [12, true],
    [5, true],
    [4, false],
  ])("isReachable: %i", (msn, expected) => {
    const rendition = createRendition();
    addSegments(rendition, 4);
    expect(rendition.isReachable(msn)).toBe(expected);
  });
});

describe("WaitingRoom", () => {
  const waiter = (ready: () => boolean) => {
    const seen: string[] = [];
    return { seen, tryAnswer: () => (ready() ? seen.push("answer") > 0 : false), fail: (reason: string) => void seen.push(reason) };
  };

  it("answers in the same tick as the wake, once", () => {
    const room = new WaitingRoom(new FakeClock());
    let ready = false;
    const one = waiter(() => ready);
    room.wait(one, 1000);
    room.wake();
    ready = true;
    room.wake();
    room.wake();
    expect(one.seen).toEqual(["answer"]);
    expect(room.size).toBe(0);
  });

  it("bounds how long and how many wait", async () => {
    const clock = new FakeClock();
    const room = new WaitingRoom(clock);
    const waiters = Array.from({ length: maxWaiters + 1 }, () => waiter(() => false));
    for (const one of waiters) {
      room.wait(one, 1000);
    }
    expect(waiters.at(-1)?.seen).toEqual(["full"]);
    await clock.advance(1001);
    expect(waiters[0]?.seen).toEqual(["timeout"]);
    expect(room.size).toBe(0);
  });

  it("forgets who has gone and fails who is there when it closes", () => {
    const room = new WaitingRoom(new FakeClock());
    const [gone, there, late] = [waiter(() => false), waiter(() => false), waiter(() => true)];
    room.wait(gone, 1000)();
    room.wait(there, 1000);
    room.close();
    room.wait(late, 1000);
    expect([gone.seen, there.seen, late.seen]).toEqual([[], ["closed"], ["closed"]]);
  });
});
