import type { CameraInfo } from "@helmcast/config";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CameraList } from "../cameras/camera-list.ts";
import { FakeVideo } from "../play/fake-video.ts";
import type { Session } from "../session/session.ts";
import { StageModel } from "./stage-model.ts";

const camera: CameraInfo = {
  path: "picarx/front",
  name: "Front",
  online: true,
  stamped: false,
  urls: { whep: "/whep", hls: "/hls", mjpeg: "", snapshot: "" },
};

/** A connection on which nothing ever happens. */
class SilentPeer extends EventTarget {
  static made: SilentPeer[] = [];
  readonly iceGatheringState = "complete";
  readonly connectionState = "new";
  closed = false;

  constructor() {
    super();
    SilentPeer.made.push(this);
  }

  addTransceiver = () => ({ receiver: { track: {} } });
  createOffer = () => Promise.resolve({});
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => Promise.resolve();
  getStats = () => Promise.resolve(new Map());
  close = (): void => {
    this.closed = true;
  };
}

const page = Object.assign(new EventTarget(), {
  visibilityState: "visible",
  createElement: () => ({ getContext: () => null }),
});

/** A stage on a page without a screen; the relay answers every offer with `status`, and renewals as scripted. */
function setUp(status: number, renewals: boolean[] = []) {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("v=0", { status })));
  let asked = 0;
  const session = {
    token: () => "t1",
    state: { value: { phase: "signed-out" } },
    renew: () => {
      asked += 1;
      return Promise.resolve(renewals.shift() ?? true);
    },
  };
  const cameras = { refresh: () => Promise.resolve({ cameras: [camera], failure: null }) };
  const videos = { whep: new FakeVideo(), hls: Object.assign(new FakeVideo(), { canPlayType: () => "" }) };
  const elements = { stage: { dataset: {}, style: { setProperty: () => undefined } }, videos, kept: { getContext: () => null } };
  const model = new StageModel(
    { camera, session: session as unknown as Session, cameras: cameras as unknown as CameraList },
    elements as unknown as ConstructorParameters<typeof StageModel>[1],
  );
  return { model, asked: () => asked };
}

beforeEach(() => {
  SilentPeer.made = [];
  page.visibilityState = "visible";
  vi.useFakeTimers();
  vi.stubGlobal("window", Object.assign(new EventTarget(), { RTCPeerConnection: SilentPeer, location: { href: "http://relay.example/" } }));
  vi.stubGlobal("document", page);
  vi.stubGlobal("RTCPeerConnection", SilentPeer);
  vi.stubGlobal("MediaStream", class {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a stage", () => {
  it("ends every connection, timer and wait on close", async () => {
    const { model } = setUp(201);
    model.open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(SilentPeer.made.length).toBeGreaterThan(1);
    model.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(SilentPeer.made.every(({ closed }) => closed)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that opens in a background tab does not take the missing frames for a failure", async () => {
    page.visibilityState = "hidden";
    const { model } = setUp(201);
    model.open();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(SilentPeer.made).toHaveLength(1);
    model.close();
  });

  it("goes on asking for a session that could not be renewed, at a bounded pace", async () => {
    const { model, asked } = setUp(401, [false, false, true]);
    model.open();
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(9000);
    expect(asked()).toBeGreaterThanOrEqual(3);
    expect(asked()).toBeLessThanOrEqual(6);
    model.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
