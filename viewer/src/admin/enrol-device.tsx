import { writeEnrolmentLink } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { useSubmit } from "../ui/use-submit.ts";
import { isLocalOnly, leftMs, type OpenEnrolment, readClocks, sayCountdown } from "./enrol-rules.ts";
import { QrCode } from "./qr-code.tsx";
import { words } from "./words.ts";

/** What the form is made of. `panel` is where the focus goes when it comes back. */
export type EnrolFormProps = { readonly panel: RefObject<HTMLElement>; readonly onMake: (device: string) => Promise<void> };

/** Asks for a name and makes a code for it. */
export function EnrolForm({ panel, onMake }: EnrolFormProps) {
  const t = words.value;
  const { busy, onSubmit } = useSubmit((fields) => onMake(String(fields.get("device") ?? "").trim()));
  return (
    <section ref={panel} class="panel" tabIndex={-1} aria-labelledby="enrol-title">
      <h2 id="enrol-title">{t.enrol}</h2>
      <form class="form" onSubmit={onSubmit}>
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

/** What the panel of a code is made of. `onRenew` makes another code for the same device. */
export type EnrolDeviceProps = {
  readonly panel: RefObject<HTMLElement>;
  readonly enrolment: OpenEnrolment;
  readonly onRenew: () => Promise<void>;
  readonly onDone: () => void;
};

/** A code that waits to be used: in large letters, as a QR code, and as the command to type. */
export function EnrolDevice({ panel, enrolment, onRenew, onDone }: EnrolDeviceProps) {
  const t = words.value;
  const now = useSignal(enrolment.madeAt);
  const busy = useSignal(false);
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = readClocks();
    }, 500);
    return () => clearInterval(timer);
  }, []);
  const renew = async (): Promise<void> => {
    busy.value = true;
    await onRenew();
    busy.value = false;
  };
  const left = leftMs(enrolment, now.value);
  return (
    <section ref={panel} class="panel" id="enrolment" tabIndex={-1} aria-labelledby="enrolment-title">
      <h2 id="enrolment-title">{t.codeFor(enrolment.device)}</h2>
      {left === 0 ? (
        <p class="problem-line" role="alert">
          {t.codeOver}
        </p>
      ) : (
        <WaitingCode code={enrolment.code} leftMs={left} />
      )}
      <div class="answers">
        {left === 0 && (
          <button type="button" class="button button-small button-strong" disabled={busy.value} onClick={() => void renew()}>
            {t.makeCode}
          </button>
        )}
        <button type="button" class="button button-small" onClick={onDone}>
          {t.done}
        </button>
      </div>
    </section>
  );
}

function WaitingCode({ code, leftMs: left }: { code: string; leftMs: number }) {
  const t = words.value;
  const { origin, hostname } = window.location;
  return (
    <div class="enrolment">
      <QrCode text={writeEnrolmentLink(origin, code)} label={t.qrLabel} />
      <div class="enrolment-words">
        <output class="code" id="enrolment-code">
          {code}
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
  );
}
