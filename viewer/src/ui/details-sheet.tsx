import { useEffect, useRef } from "preact/hooks";
import { summarizeAges } from "../age/age-machine.ts";
import { text } from "../i18n/language.ts";
import type { StageView } from "../stage/stage-model.ts";
import { sayAge, sayAgeWithBound } from "../stage/words.ts";
import { AgeChart } from "./age-chart.tsx";
import { Icon } from "./icons.tsx";
import { LanguageSwitch } from "./language-switch.tsx";

/** What can be measured about the picture now. Esc and the button close it. */
export function DetailsSheet({ view, onClose }: { view: StageView; onClose: () => void }) {
  const t = text.value;
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    close.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") {
        onClose();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.getElementById("details-button")?.focus();
    };
  }, []);
  return (
    <section class="sheet" id="details" role="dialog" aria-labelledby="details-title">
      <header class="bar">
        <h2 id="details-title">{t.details}</h2>
        <button ref={close} type="button" class="icon-button" aria-label={t.closeDetails} title={t.closeDetails} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <Ages view={view} />
      <Facts view={view} />
      <LanguageSwitch />
    </section>
  );
}

function Ages({ view }: { view: StageView }) {
  const t = text.value;
  const summary = summarizeAges(view.historyMs);
  return (
    <div class="ages">
      <p class="age-now">
        <span>{t.pictureAge}</span>
        <strong>{view.age === null ? t.ageUnknown : sayAgeWithBound(t, view.age)}</strong>
      </p>
      {summary !== null && (
        <>
          <AgeChart
            historyMs={view.historyMs}
            label={t.ageChart(sayAge(t, summary.minMs), sayAge(t, summary.medianMs), sayAge(t, summary.maxMs))}
          />
          <dl class="row">
            <Fact name={t.smallest} value={sayAge(t, summary.minMs)} />
            <Fact name={t.median} value={sayAge(t, summary.medianMs)} />
            <Fact name={t.largest} value={sayAge(t, summary.maxMs)} />
          </dl>
        </>
      )}
      <p class="note">{t.ageNote}</p>
    </div>
  );
}

function Facts({ view }: { view: StageView }) {
  const t = text.value;
  const { facts, condition } = view;
  const ways = { whep: t.wayDirect, hls: t.wayHttp };
  const resolution = facts.width > 0 ? `${facts.width} × ${facts.height}` : t.none;
  return (
    <dl class="facts">
      <Fact name={t.way} value={condition.rung === null ? t.none : ways[condition.rung]} />
      <Fact name={t.resolution} value={resolution} />
      <Fact name={t.frameRate} value={t.framesPerSecond(view.framesPerSecond.toFixed(1))} />
      <Fact name={t.bitrate} value={facts.kbps === null ? t.none : t.kilobits(facts.kbps.toFixed(0))} />
      <Fact name={t.buffer} value={facts.bufferMs === null ? t.none : t.milliseconds(facts.bufferMs.toFixed(0))} />
      <Fact name={t.dropped} value={facts.dropped === null ? t.none : String(facts.dropped)} />
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
