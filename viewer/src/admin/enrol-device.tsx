import { addDeviceRequestSchema, type DeviceInfo, enrolmentSchema, routes, writeEnrolmentLink } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Desk, sayRefusal } from "./desk.ts";
import { isLocalOnly, leftMs, type OpenEnrolment, sayCountdown } from "./enrol-rules.ts";
import { QrCode } from "./qr-code.tsx";
import { words } from "./words.ts";

/** What the form is made of. `known`: the devices that are enrolled. */
export type EnrolFormProps = {
  readonly desk: Desk;
  readonly known: readonly DeviceInfo[];
  readonly onMade: (enrolment: OpenEnrolment) => void;
};

/** Asks for a name and makes a code for it. */
export function EnrolForm({ desk, known, onMade }: EnrolFormProps) {
  const t = words.value;
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy.value || !(event.currentTarget instanceof HTMLFormElement)) {
      return;
    }
    const body = { device: String(new FormData(event.currentTarget).get("device") ?? "").trim() };
    if (!addDeviceRequestSchema.safeParse(body).success) {
      desk.say(t.enrolHint, true);
      return;
    }
    busy.value = true;
    const result = await desk.call({ method: "POST", path: routes.devices, schema: enrolmentSchema, body });
    busy.value = false;
    if (!result.ok) {
      desk.say(sayRefusal(t, result.failure), true);
      return;
    }
    const before = known.find(({ id }) => id === body.device)?.enrolledAt ?? null;
    onMade({ device: body.device, code: result.value.code, madeAtMs: performance.now(), before });
  };
  return (
    <section class="panel">
      <h2>{t.enrol}</h2>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <label>
          <span>{t.deviceName}</span>
          <input
            id="device-name"
            name="device"
            type="text"
            maxLength={32}
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
            required
            aria-describedby="device-hint"
          />
        </label>
        <p class="note" id="device-hint">
          {t.enrolHint}
        </p>
        <button type="submit" class="button button-strong" disabled={busy.value}>
          {t.makeCode}
        </button>
      </form>
    </section>
  );
}

/** A code that waits to be used: in large letters, as a QR code, and as the command to type. */
export function EnrolDevice({ enrolment, onDone }: { enrolment: OpenEnrolment; onDone: () => void }) {
  const t = words.value;
  const nowMs = useSignal(performance.now());
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const timer = setInterval(() => {
      nowMs.value = performance.now();
    }, 500);
    panel.current?.focus();
    return () => clearInterval(timer);
  }, []);
  const left = leftMs(enrolment, nowMs.value);
  const { origin, hostname } = window.location;
  return (
    <section ref={panel} class="panel" id="enrolment" tabIndex={-1} aria-labelledby="enrolment-title">
      <h2 id="enrolment-title">{t.codeFor(enrolment.device)}</h2>
      {left === 0 ? (
        <p class="problem-line">{t.codeOver}</p>
      ) : (
        <div class="enrolment">
          <QrCode text={writeEnrolmentLink(origin, enrolment.code)} label={t.qrLabel} />
          <div class="enrolment-words">
            <output class="code" id="enrolment-code">
              {enrolment.code}
            </output>
            <p class="countdown" role="timer">
              {t.codeLeft(sayCountdown(left))}
            </p>
            <p>{t.scan}</p>
            <code class="command">{`npm run edge -- enrol --relay ${origin}`}</code>
            {isLocalOnly(hostname) && <p class="problem-line">{t.onlyLocal}</p>}
            <p class="waiting">{t.waitingForDevice}</p>
          </div>
        </div>
      )}
      <div class="answers">
        <button type="button" class="button button-small" onClick={onDone}>
          {t.done}
        </button>
      </div>
    </section>
  );
}
