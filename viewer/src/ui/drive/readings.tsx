import type { DriveModel } from "../../drive/drive-model.ts";
import { text } from "../../i18n/language.ts";
import { sayAge } from "../../stage/words.ts";
import { sayPhase } from "./say-drive.ts";
import { words } from "./words.ts";

/** What the vehicle says it does: throttle, steering, its state, and how long a command takes there and back. */
export function Readings({ model }: { model: DriveModel }) {
  const w = words.value;
  const { telemetry, commandMs } = model.view.value;
  return (
    <dl class="readings" aria-label={w.readings}>
      <Bar name={w.throttle} value={telemetry?.throttle ?? 0} />
      <Bar name={w.steer} value={telemetry?.steer ?? 0} />
      <div class="reading-words">
        <dt class="unseen">{w.readings}</dt>
        <dd>{sayPhase(w, telemetry)}</dd>
      </div>
      <div class="reading-words reading-trip">
        <dt>{w.trip}</dt>
        <dd>{commandMs === null ? w.none : sayAge(text.value, commandMs)}</dd>
      </div>
    </dl>
  );
}

/** A bar that grows from the middle: back and left to the left. */
function Bar({ name, value }: { name: string; value: number }) {
  const percent = Math.round(Math.max(-1, Math.min(1, value)) * 100);
  const [left, width] = percent < 0 ? [50 + percent / 2, -percent / 2] : [50, percent / 2];
  return (
    <div class="reading">
      <dt>{name}</dt>
      <dd>
        <span class="bar-ground" aria-hidden="true">
          <span class="bar-value" style={{ left: `${left}%`, width: `${width}%` }} />
        </span>
        <span class="bar-number">{percent} %</span>
      </dd>
    </div>
  );
}

/** The speed limit. While the vehicle moves it can only fall, and the words say so. */
export function Speed({ model }: { model: DriveModel }) {
  const w = words.value;
  const { speed, moving } = model.view.value;
  const percent = Math.round(speed * 100);
  return (
    <label class="speed" data-held={moving}>
      <span class="speed-words">
        <span>{moving ? w.speedHeld : w.speed}</span>
        <output>{w.speedOf(String(percent))}</output>
      </span>
      <input
        id="speed"
        type="range"
        min={10}
        max={100}
        step={5}
        value={percent}
        aria-label={w.speed}
        aria-valuetext={w.speedOf(String(percent))}
        onInput={({ currentTarget }) => {
          model.setSpeed(Number(currentTarget.value) / 100);
          currentTarget.value = String(Math.round(model.view.peek().speed * 100));
        }}
        // A pointer that leaves the slider gives the arrow keys back to the vehicle.
        onPointerUp={({ currentTarget }) => currentTarget.blur()}
      />
    </label>
  );
}
