import { buildTopic } from "@helmcast/config";
import { type Signal, signal } from "@preact/signals";
import type { DriveModel } from "./drive-model.ts";
import type { OpenDriveOptions } from "./open-drive.ts";

/**
 * Fetches and opens the controls when a device is first heard to have some: most stages never need their bytes. The model is null until then,
 * and after `ended`. When the code cannot be fetched, the next telemetry tries again.
 */
export function openDriveDoor(
  options: OpenDriveOptions,
  ended: AbortSignal,
  load = () => import("./open-drive.ts"),
): Signal<DriveModel | null> {
  const model = signal<DriveModel | null>(null);
  let loading = false;
  const stop = options.link.listen(buildTopic({ ...options, channel: "telemetry" }), () => {
    // Only a device with something to drive writes there; what it says is read by the model.
    if (loading) {
      return;
    }
    loading = true;
    load().then(
      ({ openDrive }) => {
        if (!ended.aborted) {
          stop();
          model.value = openDrive(options, ended);
        }
      },
      () => {
        loading = false;
      },
    );
  });
  ended.addEventListener("abort", () => {
    stop();
    model.value = null;
  });
  return model;
}
