import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const focusable = "summary, button, a[href], input, select";

/** True when what had the focus is gone from the page: whoever works by keyboard or screen reader would begin at the top again. */
function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/**
 * Remembers where an element stands, for when it is taken off the page together with the entry that it belongs to. The function that comes back
 * puts a lost focus on what is left nearest: the element, what comes after it, what comes before, and so on outwards; at last the section's tab.
 */
export function rememberPlace(element: Element): () => void {
  const places: Element[] = [];
  for (let at: Element | null = element; at !== null && at.parentElement?.matches("main") === false; at = at.parentElement) {
    places.push(...[at, at.nextElementSibling, at.previousElementSibling].filter((place) => place !== null));
  }
  const tab = document.querySelector<HTMLElement>(".tabs [aria-current]");
  return () => {
    if (isFocusLost()) {
      const left = places.filter((place) => place.isConnected);
      const found = left
        .map((place) => (place.matches(focusable) ? place : place.querySelector(focusable)))
        .find((place) => place !== null);
      (found instanceof HTMLElement ? found : tab)?.focus();
    }
  };
}

/** A small form that opens in place of the button that opens it, or under it. */
export type Opened = {
  readonly open: Signal<boolean>;
  readonly opener: RefObject<HTMLButtonElement>;
  /** The field to begin with; left unset where a phone's keyboard would be in the way. */
  readonly first: RefObject<HTMLInputElement & HTMLSelectElement>;
};

/** Opens and closes a small form: the focus goes to its first field, and back to its button unless something else has taken it. */
export function useOpened(): Opened {
  const open = useSignal(false);
  const opener = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLInputElement & HTMLSelectElement>(null);
  const before = useRef(false);
  useLayoutEffect(() => {
    if (open.value) {
      first.current?.focus();
    } else if (before.current && isFocusLost()) {
      opener.current?.focus();
    }
    before.current = open.value;
  }, [open.value]);
  return { open, opener, first };
}
