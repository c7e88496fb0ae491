import { Icon } from "../ui/icons.tsx";
import type { Desk } from "./desk.ts";
import { words } from "./words.ts";

/** The live region: says how the last change went, to eyes and to screen readers. */
export function NewsLine({ desk }: { desk: Desk }) {
  const { sentence, bad, turn } = desk.news.value;
  return (
    <div id="news" class="news" role="status" aria-live="polite" data-bad={bad} data-said={sentence !== ""}>
      {sentence !== "" && (
        <p key={turn}>
          <span>{sentence}</span>
          <button type="button" class="icon-button" aria-label={words.value.close} title={words.value.close} onClick={() => desk.quiet()}>
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}
