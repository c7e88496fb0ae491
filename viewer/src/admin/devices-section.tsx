import { type DeviceInfo, deviceListSchema, routes } from "@helmcast/config";
import { useLayoutEffect, useRef } from "preact/hooks";
import { language } from "../i18n/language.ts";
import { sayDay } from "../i18n/times.ts";
import { noContent } from "../session/api-client.ts";
import { Mark } from "../ui/icons.tsx";
import { AskFirst } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { EnrolDevice, EnrolForm } from "./enrol-device.tsx";
import type { OpenEnrolment } from "./enrol-rules.ts";
import { Facts } from "./facts.tsx";
import { useRemote } from "./remote.ts";
import { SectionList } from "./section-list.tsx";
import { useEnrolment } from "./use-enrolment.ts";
import { words } from "./words.ts";

/** How often the devices are asked again, in ms; while a code waits to be used it is what notices that. */
const refreshEveryMs = 2000;

/** Enrolled devices, and the enrolment of new ones. */
export function DevicesSection({ desk }: { desk: Desk }) {
  const t = words.value;
  const devices = useRemote(() => desk.call({ method: "GET", path: routes.devices, schema: deviceListSchema }), refreshEveryMs);
  const enrolment = useEnrolment(desk, devices);
  const { value: open } = enrolment.open;
  const panel = useRef<HTMLElement>(null);
  const shown = useRef<OpenEnrolment | null>(null);
  useLayoutEffect(() => {
    if (open !== shown.current) {
      panel.current?.focus();
    }
    shown.current = open;
  }, [open]);
  return (
    <>
      {open === null ? (
        <EnrolForm panel={panel} onMake={enrolment.make} />
      ) : (
        <EnrolDevice panel={panel} enrolment={open} onRenew={() => enrolment.make(open.device)} onDone={enrolment.end} />
      )}
      <SectionList remote={devices} empty={t.noDevices}>
        {(device) => <DeviceCard key={device.id} desk={desk} device={device} onChanged={() => devices.refresh()} />}
      </SectionList>
    </>
  );
}

function DeviceCard({ desk, device, onChanged }: { desk: Desk; device: DeviceInfo; onChanged: () => Promise<void> }) {
  const t = words.value;
  const { id, online } = device;
  const remove = async (): Promise<void> => {
    await desk.change({ method: "DELETE", path: `${routes.devices}/${id}`, schema: noContent }, t.deviceRemoved(id));
    await onChanged();
  };
  const facts = [t.cameras(device.cameras), t.enrolledOn(sayDay(language.value, Date.parse(device.enrolledAt)))];
  return (
    <li class="card" data-device={id} data-online={online}>
      <div class="card-words">
        <strong>{id}</strong>
        <span class={`state state-${online ? "good" : "quiet"}`}>
          <Mark tone={online ? "good" : "quiet"} />
          {online ? t.online : t.offline}
        </span>
        <Facts of={facts} />
      </div>
      <AskFirst label={t.remove} longLabel={`${t.remove}: ${id}`} question={t.removeDeviceQuestion(id)} onConfirm={remove} />
    </li>
  );
}
