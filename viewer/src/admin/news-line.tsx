import { text } from "../i18n/language.ts";
import { Icon } from "../ui/icons.tsx";
import type { Desk } from "./desk.ts";

/** The live region: says how the last change went, to eyes and to screen readers. */
export function NewsLine({ desk }: { desk: Desk }) {
  const { sentence, bad, turn } = desk.news.value;
  return (
    <div id="news" class="news" role="status" aria-live="polite" data-bad={bad} data-said={sentence !== ""}>
      {sentence !== "" && (
        <p key={turn}>
          <span>{sentence}</span>
          <button
            type="button"
            class="icon-button"
            aria-label={text.value.closeDetails}
            title={text.value.closeDetails}
            onClick={() => desk.quiet()}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}
