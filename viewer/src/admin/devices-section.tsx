import { type DeviceInfo, deviceListSchema, routes } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { language } from "../i18n/language.ts";
import { sayDay } from "../i18n/times.ts";
import { noContent } from "../session/api-client.ts";
import { Mark } from "../ui/icons.tsx";
import { AskFirst } from "./ask-first.tsx";
import type { Desk } from "./desk.ts";
import { EnrolDevice, EnrolForm } from "./enrol-device.tsx";
import { hasEnrolled, type OpenEnrolment } from "./enrol-rules.ts";
import { Facts } from "./facts.tsx";
import { useRemote } from "./remote.ts";
import { SectionList } from "./section-list.tsx";
import { words } from "./words.ts";

/** How often the devices are asked again, in ms; while a code waits to be used it is what notices that. */
const refreshEveryMs = 2000;

/** Enrolled devices, and the enrolment of new ones. */
export function DevicesSection({ desk }: { desk: Desk }) {
  const t = words.value;
  const enrolment = useSignal<OpenEnrolment | null>(null);
  const devices = useRemote(() => desk.call({ method: "GET", path: routes.devices, schema: deviceListSchema }), refreshEveryMs);
  const list = devices.state.value.value;
  const open = enrolment.value;
  const used = open !== null && list !== null && hasEnrolled(open, list);
  useEffect(() => {
    if (used) {
      desk.say(t.enrolled(open.device));
      enrolment.value = null;
    }
  }, [used]);
  return (
    <>
      {open === null ? (
        <EnrolForm
          desk={desk}
          known={list ?? []}
          onMade={(made) => {
            enrolment.value = made;
          }}
        />
      ) : (
        <EnrolDevice
          enrolment={open}
          onDone={() => {
            enrolment.value = null;
          }}
        />
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
