import { expect, it, vi } from "vitest";
import { openDriveDoor } from "./drive-door.ts";
import type { DriveModel } from "./drive-model.ts";
import type { OpenDriveOptions } from "./open-drive.ts";

it("fetches the controls at the first telemetry, again after a failure, and opens them once", async () => {
  let hear: (text: string) => void = () => undefined;
  const link = {
    listen: (_topic: string, listener: (text: string) => void) => {
      hear = listener;
      return () => undefined;
    },
  };
  const options = { site: "demo", device: "picarx", link, visiting: false } as OpenDriveOptions;
  const model = {} as DriveModel;
  const openDrive = vi.fn(() => model);
  const load = vi.fn().mockRejectedValueOnce(new Error("offline")).mockResolvedValue({ openDrive });
  const abort = new AbortController();
  const door = openDriveDoor(options, abort.signal, load);
  expect(load).not.toHaveBeenCalled();
  hear("{}");
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
  await vi.waitFor(() => {
    hear("{}");
    expect(load).toHaveBeenCalledTimes(2);
  });
  await vi.waitFor(() => expect(door.value).toBe(model));
  hear("{}");
  expect(openDrive).toHaveBeenCalledTimes(1);
  abort.abort();
  expect(door.value).toBeNull();
});
