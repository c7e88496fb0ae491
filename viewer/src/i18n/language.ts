import { computed, signal } from "@preact/signals";
import { en } from "./en.ts";
import { ja } from "./ja.ts";
import type { Messages } from "./messages.ts";
import { zh } from "./zh.ts";

/** The languages, each with its own name in itself. */
export const languages = [
  { id: "en", name: "English", htmlLang: "en" },
  { id: "ja", name: "日本語", htmlLang: "ja" },
  { id: "zh", name: "中文", htmlLang: "zh-Hans" },
] as const;

/** One of the languages. */
export type LanguageId = (typeof languages)[number]["id"];

/** The texts of every language. */
export const tables: Readonly<Record<LanguageId, Messages>> = { en, ja, zh };

/** Where the choice of a language is kept on this device. */
const storageKey = "helmcast.language";

/** Pure: the language that was chosen, else the first of the browser's that is there, else English. */
export function pickLanguage(chosen: string | null, wanted: readonly string[]): LanguageId {
  const find = (text: string): LanguageId | undefined => languages.find(({ id }) => text.toLowerCase().split("-")[0] === id)?.id;
  return find(chosen ?? "") ?? wanted.map(find).find((id) => id !== undefined) ?? "en";
}

/** The language in use. */
export const language = signal<LanguageId>("en");

/** The texts in use. */
export const text = computed(() => tables[language.value]);

/** Begins with the kept or the browser's language. */
export function restoreLanguage(): void {
  applyLanguage(pickLanguage(readStored(), navigator.languages));
}

/** Changes the language and keeps the choice on this device. */
export function chooseLanguage(id: LanguageId): void {
  applyLanguage(id);
  try {
    localStorage.setItem(storageKey, id);
  } catch {
    // A browser that keeps nothing for us still shows the language for now.
    return;
  }
}

function applyLanguage(id: LanguageId): void {
  language.value = id;
  document.documentElement.lang = languages.find((entry) => entry.id === id)?.htmlLang ?? "en";
}

function readStored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}
