import type { ComponentChildren } from "preact";
import { text } from "../i18n/language.ts";
import { Notice } from "../ui/notice.tsx";
import { sayRefusal } from "./desk.ts";
import type { Remote } from "./remote.ts";
import { words } from "./words.ts";

/** What a list is made of. `empty` are the words for one without entries. */
export type SectionListProps<Entry> = {
  readonly remote: Remote<readonly Entry[]>;
  readonly empty: string;
  readonly children: (entry: Entry) => ComponentChildren;
};

/** A list of the gateway as cards; says when it is on its way, empty or not to be had. */
export function SectionList<Entry>({ remote, empty, children }: SectionListProps<Entry>) {
  const { value, failure } = remote.state.value;
  if (value === null) {
    return failure === null ? (
      <p class="note">{words.value.loading}</p>
    ) : (
      <Notice action={text.value.tryAgain} onAction={() => void remote.refresh()}>
        {sayRefusal(words.value, failure)}
      </Notice>
    );
  }
  return (
    <>
      {failure !== null && (
        <p class="problem-line" role="alert">
          {sayRefusal(words.value, failure)}
        </p>
      )}
      {value.length === 0 ? <p class="note">{empty}</p> : <ul class="cards">{value.map(children)}</ul>}
    </>
  );
}
