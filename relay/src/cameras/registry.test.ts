import { describe, expect, it } from "vitest";
import { loadState } from "../state/state.ts";
import { createCameraRegistry, mergeCameras } from "./registry.ts";

const front = { id: "front", name: "Front camera", stamped: true, width: 1280, height: 720, fps: 30, state: "publishing" as const };
const everybody = () => true;

describe("mergeCameras", () => {
  it("takes presence from the engine alone, and shows streams that nobody announced", () => {
    const announced = [{ device: "picarx", camera: "front", name: "Front", stamped: true }];
    const streams = [
      { name: "picarx/front", online: false },
      { name: "picarx/back", online: true },
      { name: "picarx/talk", online: true },
      { name: "not a path", online: true },
    ];
    expect(mergeCameras(announced, streams)).toEqual([
      { path: { device: "picarx", camera: "front" }, name: "Front", stamped: true, online: false },
      { path: { device: "picarx", camera: "back" }, name: "back", stamped: false, online: true },
    ]);
  });
});

describe("createCameraRegistry", () => {
  function makeRegistry() {
    const state = loadState(":memory:", 0);
    state.devices.put("picarx", { secretHash: "s", generation: "g" }, 0);
    return { registry: createCameraRegistry(state.cameras, state.devices), state };
  }

  it("lists what a device announced, with addresses, and follows its changes", () => {
    const { registry } = makeRegistry();
    registry.announce("picarx", { v: 1, online: true, cameras: [front, { ...front, id: "back", name: "Back" }] });
    expect(registry.list([{ name: "picarx/front", online: true }], everybody)).toMatchObject([
      { path: "picarx/front", name: "Front camera", online: true, stamped: true, urls: { whep: "/live/picarx/front/whep" } },
      { path: "picarx/back", online: false },
    ]);
    registry.announce("picarx", { v: 1, online: true, cameras: [{ ...front, name: "Renamed" }] });
    expect(registry.list([], everybody).map((camera) => camera.name)).toEqual(["Renamed"]);
  });

  it("keeps a device's cameras when its last will says that it is away", () => {
    const { registry } = makeRegistry();
    registry.announce("picarx", { v: 1, online: true, cameras: [front] });
    registry.announce("picarx", { v: 1, online: false, cameras: [] });
    expect(registry.list([], everybody)).toHaveLength(1);
  });

  it("remembers nothing of devices that are not enrolled, and shows nobody more than they may see", () => {
    const { registry, state } = makeRegistry();
    registry.announce("stranger", { v: 1, online: true, cameras: [front] });
    expect(state.cameras.all()).toEqual([]);
    registry.announce("picarx", { v: 1, online: true, cameras: [front] });
    expect(registry.list([], (path) => path.device !== "picarx")).toEqual([]);
  });
});
