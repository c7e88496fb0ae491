import { addDeviceRequestSchema, type DeviceInfo, enrolmentSchema, routes } from "@helmcast/config";
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ApiFailure } from "../session/api-client.ts";
import { type Desk, sayRefusal } from "./desk.ts";
import { hasEnrolled, type OpenEnrolment, readClocks } from "./enrol-rules.ts";
import type { Remote } from "./remote.ts";
import { words } from "./words.ts";

/** A code on the page. `open` is null while there is none; `make` shows one, also in place of the one before; each outcome is told. */
export type Enrolling = {
  readonly open: ReadonlySignal<OpenEnrolment | null>;
  readonly make: (device: string) => Promise<void>;
  readonly end: () => void;
};

/** Makes enrolment codes, and takes one off the page when its device has enrolled. */
export function useEnrolment(desk: Desk, devices: Remote<readonly DeviceInfo[]>): Enrolling {
  const t = words.value;
  const enrolment = useSignal<OpenEnrolment | null>(null);
  const { value: open } = enrolment;
  const used = open !== null && hasEnrolled(open, devices.state.value.value ?? []);
  useEffect(() => {
    if (used) {
      desk.say(t.enrolled(open.device));
      enrolment.value = null;
    }
  }, [used]);
  const fail = (failure: ApiFailure): void => desk.say(sayRefusal(t, failure), true);
  const make = async (device: string): Promise<void> => {
    const body = { device };
    if (!addDeviceRequestSchema.safeParse(body).success) {
      desk.say(t.badDeviceName, true);
      return;
    }
    // That the code was used shows by the device's newer time only, so the one from before must be known.
    if (devices.state.peek().value === null) {
      await devices.refresh();
    }
    const { value: known, failure } = devices.state.peek();
    if (known === null) {
      fail(failure ?? { kind: "offline" });
      return;
    }
    const result = await desk.call({ method: "POST", path: routes.devices, schema: enrolmentSchema, body });
    if (!result.ok) {
      fail(result.failure);
      return;
    }
    desk.quiet();
    const before = known.find(({ id }) => id === device)?.enrolledAt ?? null;
    enrolment.value = { device, code: result.value.code, madeAt: readClocks(), before };
  };
  return {
    open: enrolment,
    make,
    end: () => {
      enrolment.value = null;
    },
  };
}
