import type { CameraInfo } from "@helmcast/config";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tables } from "../i18n/language.ts";
import { sayPosterAge } from "../stage/words.ts";
import { PosterBoard } from "./poster-board.ts";
import { judgePoster, pickPoster, posterLimits } from "./poster-rules.ts";

const camera = (path: string, online = true): CameraInfo => ({
  path,
  name: path,
  online,
  stamped: true,
  urls: { whep: "", hls: "", mjpeg: "", snapshot: `/live/${path}/snapshot.jpg` },
});
const jpeg = (bytes = 10, type = "image/jpeg") => new Response(new Uint8Array(bytes), { headers: { "content-type": type } });

/** A board over a relay that gives `answer`, with the blob addresses that are open. */
function setUp(answer: (init: RequestInit) => Promise<Response> = () => Promise.resolve(jpeg())) {
  const clock = { nowMs: 0 };
  const listed = { cameras: [camera("a/1"), camera("a/2")] };
  const requests: string[] = [];
  const board = new PosterBoard({
    cameras: () => listed.cameras,
    fetchFrom: (input, init) => {
      requests.push(String(input));
      return answer(init ?? {});
    },
    nowMs: () => clock.nowMs,
  });
  return { board, clock, listed, requests, shown: () => [...board.posters.value.keys()] };
}

const open = new Set<string>();
beforeEach(() => {
  open.clear();
  let made = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
    made += 1;
    open.add(`blob:${made}`);
    return `blob:${made}`;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => void open.delete(url));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("which poster is asked for next", () => {
  it.each([
    ["the first of those never tried", [camera("a"), camera("b")], {}, 0, "a"],
    ["the one tried longest ago", [camera("a"), camera("b")], { a: 5, b: 1 }, 20_000, "b"],
    ["none before its time", [camera("a")], { a: 1 }, posterLimits.refreshEveryMs, undefined],
    ["none of a camera that is away", [camera("a", false)], {}, 0, undefined],
    ["none without cameras", [], {}, 0, undefined],
  ] as const)("%s", (_name, cameras, triedAtMs, nowMs, expected) => {
    expect(pickPoster(cameras, new Map(Object.entries(triedAtMs)), nowMs)?.path).toBe(expected);
  });

  it("keeps to a bounded number of cameras", () => {
    const many = Array.from({ length: posterLimits.maxPosters + 5 }, (_, index) => camera(`a/${index}`));
    const tried = new Map(many.slice(0, posterLimits.maxPosters).map(({ path }) => [path, 0]));
    expect(pickPoster(many, tried, 1)).toBeNull();
  });
});

describe("the age of a poster", () => {
  it.each([
    [0, "fresh", "Still, 1 s old"],
    [1001, "fresh", "Still, 2 s old"],
    [posterLimits.oldAfterMs, "old", "Still, 25 s old"],
    [posterLimits.dropAfterMs, "gone", "Still, 60 s old"],
  ] as const)("%d ms is %s: %s", (ageMs, state, words) => {
    expect(judgePoster(ageMs)).toBe(state);
    expect(sayPosterAge(tables.en, ageMs)).toBe(words);
  });
});

describe("the board of posters", () => {
  it("fetches one picture at a time, counts its age from the question, and gives the old one back", async () => {
    const { board, clock, requests } = setUp();
    await board.refreshNext();
    await board.refreshNext();
    await board.refreshNext();
    expect(requests).toEqual(["/live/a/1/snapshot.jpg", "/live/a/2/snapshot.jpg"]);
    clock.nowMs = posterLimits.refreshEveryMs;
    await board.refreshNext();
    expect(requests).toHaveLength(3);
    expect(board.posters.value.get("a/1")).toEqual({ url: "blob:3", askedAtMs: posterLimits.refreshEveryMs });
    expect([...open]).toEqual(["blob:2", "blob:3"]);
    board.close();
    expect(open.size).toBe(0);
  });

  it.each([
    ["a refusal", () => Promise.resolve(new Response("", { status: 404 }))],
    ["something else than a picture", () => Promise.resolve(jpeg(10, "text/html"))],
    ["nothing", () => Promise.resolve(jpeg(0))],
    ["far too much", () => Promise.resolve(jpeg(posterLimits.maxBytes + 1))],
    ["a lost network", () => Promise.reject(new TypeError("Failed to fetch"))],
  ])("shows none for %s, and asks again in its time only", async (_name, answer) => {
    const { board, requests, shown } = setUp(answer);
    for (let turn = 0; turn < 5; turn++) {
      await board.refreshNext();
    }
    expect(shown()).toEqual([]);
    expect(requests).toHaveLength(2);
  });

  it("takes a picture away when its camera goes, and when nothing newer came for long", async () => {
    let works = true;
    const { board, clock, listed, shown } = setUp(() =>
      works ? Promise.resolve(jpeg()) : Promise.reject(new TypeError("Failed to fetch")),
    );
    await board.refreshNext();
    await board.refreshNext();
    listed.cameras = [camera("a/1", false), camera("a/2")];
    await board.refreshNext();
    expect(shown()).toEqual(["a/2"]);
    works = false;
    clock.nowMs = posterLimits.dropAfterMs;
    await board.refreshNext();
    expect(shown()).toEqual([]);
    expect(open.size).toBe(0);
    listed.cameras = [camera("a/1")];
    works = true;
    await board.refreshNext();
    expect(shown()).toEqual(["a/1"]);
    board.close();
  });

  it("keeps nothing that arrives after its end", async () => {
    let answer: (reply: Response) => void = () => undefined;
    const { board } = setUp(() => new Promise((resolve) => (answer = resolve)));
    const late = board.refreshNext();
    board.close();
    answer(jpeg());
    await late;
    expect(board.posters.value.size).toBe(0);
    expect(open.size).toBe(0);
  });

  it("asks while the page can be seen, rests while it is hidden, and leaves no timer", async () => {
    vi.useFakeTimers();
    const page = { visibilityState: "visible" };
    vi.stubGlobal("document", page);
    const { board, clock, requests } = setUp();
    board.open();
    await vi.advanceTimersByTimeAsync(posterLimits.firstAfterMs);
    expect(requests).toEqual([]);
    clock.nowMs = posterLimits.firstAfterMs;
    await vi.advanceTimersByTimeAsync(1000);
    expect(requests).toHaveLength(2);
    page.visibilityState = "hidden";
    clock.nowMs = 3 * posterLimits.refreshEveryMs;
    await vi.advanceTimersByTimeAsync(5000);
    expect(requests).toHaveLength(2);
    page.visibilityState = "visible";
    await vi.advanceTimersByTimeAsync(1000);
    expect(requests).toHaveLength(4);
    board.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
