import { buildStreamPath } from "@helmcast/config";
import type { Router } from "express";
import type { Broker } from "../broker/types.ts";
import type { EngineStreams } from "../cameras/engine-streams.ts";
import type { CameraRegistry } from "../cameras/registry.ts";
import { createDetectionsHub } from "./hub.ts";
import { type DetectionsParts, detectionsRoutes } from "./routes.ts";

/** Brings detections from the broker to the stream at `GET /api/detections/stream`. */
export function createDetections(
  parts: Omit<DetectionsParts, "hub" | "isCamera"> & {
    readonly broker: Pick<Broker, "onMessage">;
    readonly registry: Pick<CameraRegistry, "find">;
    readonly streams: EngineStreams;
  },
): Router {
  const { broker, registry, streams, ...rest } = parts;
  const hub = createDetectionsHub();
  broker.onMessage(({ device, channel, camera }, payload) => {
    if (channel === "detections" && camera !== undefined) {
      hub.take({ device, camera }, payload);
    }
  });
  return detectionsRoutes({
    ...rest,
    hub,
    isCamera: async (path) =>
      registry.find(path) !== null || (await streams.current()).some(({ name, online }) => online && name === buildStreamPath(path)),
  });
}
