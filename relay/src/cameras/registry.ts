import { type CameraInfo, cameraUrls, type DeviceStatus, parseStreamPath, type StreamPath, talkId } from "@helmcast/config";
import type { KnownCamera, KnownCameras } from "../state/cameras.ts";
import type { Devices } from "../state/devices.ts";

/** A stream as the engine knows it. `online` says that a publisher is there; nothing else of the engine's says that. */
export type EngineStream = { readonly name: string; readonly online: boolean };

/** Cameras shown at most; more cannot come from enrolled devices that keep to 16 each in any household we know. */
const maxCameras = 512;

/** Which cameras there are: those that devices announced, and those that publish though nobody announced them. */
export type CameraRegistry = {
  /** Takes a device's status in. Cameras of a device that is not enrolled are not remembered. */
  announce(device: string, status: DeviceStatus): void;
  /** A camera that a device announced; null for every other name, also of a stream that nobody announced. */
  find(path: StreamPath): KnownCamera | null;
  /** Everything that `maySee` lets through, with its state. */
  list(streams: readonly EngineStream[], maySee: (path: StreamPath) => boolean): readonly CameraInfo[];
};

/** Cameras over what the state knows. */
export function createCameraRegistry(known: KnownCameras, devices: Devices): CameraRegistry {
  return {
    announce(device, status) {
      // A last will carries no cameras; it says that the device is away, not that it has lost them.
      if (devices.get(device) === null || (!status.online && status.cameras.length === 0)) {
        return;
      }
      const cameras = status.cameras
        .filter((camera) => camera.id !== talkId)
        .map((camera) => ({ device, camera: camera.id, name: camera.name, stamped: camera.stamped }));
      known.announce(device, cameras);
    },
    find: (path) => known.all().find((one) => one.device === path.device && one.camera === path.camera) ?? null,
    list: (streams, maySee) =>
      mergeCameras(known.all(), streams)
        .filter(({ path }) => maySee(path))
        .map(toInfo),
  };
}

type ListedCamera = { readonly path: StreamPath; readonly name: string; readonly stamped: boolean; readonly online: boolean };

/** Announced cameras first, in their device's own order, then streams that nobody announced. */
export function mergeCameras(announced: readonly KnownCamera[], streams: readonly EngineStream[]): readonly ListedCamera[] {
  const online = new Set(streams.filter((stream) => stream.online).map((stream) => stream.name));
  const listed: ListedCamera[] = announced.map((camera) => {
    const path = { device: camera.device, camera: camera.camera };
    return { path, name: camera.name, stamped: camera.stamped, online: online.delete(`${camera.device}/${camera.camera}`) };
  });
  for (const name of [...online].sort()) {
    const path = parseStreamPath(name);
    if (path !== null && path.camera !== talkId) {
      listed.push({ path, name: path.camera, stamped: false, online: true });
    }
  }
  return listed.slice(0, maxCameras);
}

function toInfo(camera: ListedCamera): CameraInfo {
  const { path, name, online, stamped } = camera;
  return { path: `${path.device}/${path.camera}`, name, online, stamped, urls: cameraUrls(path) };
}
