import { addShareReplySchema, type CameraInfo, routes } from "@helmcast/config";
import { useSignal } from "@preact/signals";
import { writeShareLink } from "../session/share-door.ts";
import { useSubmit } from "../ui/use-submit.ts";
import type { Desk } from "./desk.ts";
import { type ShareSpan, shareEndMs, shareSpanNames, shareSpans, toFieldTime } from "./share-rules.ts";
import { words } from "./words.ts";

/** What the form is made of. `cameras`: the ones that may be shared, null before they are known. */
export type MakeShareProps = {
  readonly desk: Desk;
  readonly cameras: readonly CameraInfo[] | null;
  readonly onMade: (link: string) => void;
};

/** The form for a share link. */
export function MakeShare({ desk, cameras, onMade }: MakeShareProps) {
  const t = words.value;
  const span = useSignal<ShareSpan>("hour");
  const { busy, onSubmit } = useSubmit(async (fields, form) => {
    const endMs = shareEndMs(span.value, String(fields.get("date") ?? ""), Date.now());
    if (endMs === null) {
      desk.say(t.datePast, true);
      return;
    }
    const label = String(fields.get("label") ?? "").trim();
    const body = { camera: String(fields.get("camera") ?? ""), label, expiresAt: new Date(endMs).toISOString() };
    const reply = await desk.change({ method: "POST", path: routes.shares, schema: addShareReplySchema, body }, t.shareMade);
    if (reply !== null) {
      form.reset();
      span.value = "hour";
      onMade(writeShareLink(window.location.origin, reply.secret));
    }
  });
  return (
    <section class="panel">
      <h2>{t.makeShare}</h2>
      <p class="note">{t.shareLead}</p>
      {cameras === null || cameras.length === 0 ? (
        <p class="note">{cameras === null ? t.loading : t.noCameras}</p>
      ) : (
        <form class="form" onSubmit={onSubmit}>
          <label>
            <span>{t.camera}</span>
            <select name="camera">
              {cameras.map(({ path, name }) => (
                <option key={path} value={path}>
                  {`${name} (${path})`}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>{t.label}</span>
            <input name="label" type="text" maxLength={64} autocomplete="off" />
          </label>
          <fieldset class="choices choices-wide">
            <legend>{t.until}</legend>
            {shareSpanNames.map((name) => (
              <button key={name} type="button" aria-pressed={span.value === name} onClick={() => (span.value = name)}>
                {t.spans[name]}
              </button>
            ))}
          </fieldset>
          {span.value === "date" && (
            <label>
              <span>{t.date}</span>
              <input name="date" type="datetime-local" defaultValue={toFieldTime(Date.now() + shareSpans.day)} required />
            </label>
          )}
          <button type="submit" class="button button-strong" disabled={busy.value}>
            {t.make}
          </button>
        </form>
      )}
    </section>
  );
}
