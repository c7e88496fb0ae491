import { buildStreamPath, type Detections, detectionsSchema, type StreamPath } from "@helmcast/config";
import { parseJson } from "@helmcast/runtime";

/** Somebody who wants to hear of detections. */
export type DetectionsListener = {
  /** Asked at every event, from memory: a grant taken away counts at once. */
  readonly wants: (path: StreamPath) => boolean;
  /** @param event one server-sent event with its empty line */
  readonly hear: (camera: string, event: string) => void;
};

/** Brings what devices see to whoever may hear of it. */
export type DetectionsHub = {
  /** Takes a device's message in; one that is not as the contract has it is dropped. */
  take(path: StreamPath, payload: string | Buffer): void;
  /** Returns a function that ends the listening. */
  listen(listener: DetectionsListener): () => void;
};

/** A hub without listeners. */
export function createDetectionsHub(): DetectionsHub {
  const listeners = new Set<DetectionsListener>();
  return {
    take(path, payload) {
      const wanting = [...listeners].filter((listener) => listener.wants(path));
      // Looked at and written once for all, and only when anybody cares.
      const detections = wanting.length === 0 ? null : readDetections(payload);
      if (detections === null) {
        return;
      }
      const camera = buildStreamPath(path);
      const event = `data: ${JSON.stringify({ ...detections, camera })}\n\n`;
      for (const listener of wanting) {
        listener.hear(camera, event);
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function readDetections(payload: string | Buffer): Detections | null {
  const parsed = detectionsSchema.safeParse(parseJson(payload.toString()));
  return parsed.success ? parsed.data : null;
}
