import { describe, expect, it } from "vitest";
import { languages, pickLanguage, tables } from "./language.ts";
import type { Messages } from "./messages.ts";

const keys = Object.keys(tables.en) as Array<keyof Messages>;

/** A text with its parameters filled in by marks that must come out again. */
function fill(id: keyof typeof tables, key: keyof Messages): { text: string; marks: string[] } {
  const entry = tables[id][key];
  if (typeof entry === "string") {
    return { text: entry, marks: [] };
  }
  const marks = Array.from({ length: entry.length }, (_, index) => `<${index}>`);
  return { text: Reflect.apply(entry, undefined, marks), marks };
}

describe.each(languages.map(({ id }) => id))("the texts in %s", (id) => {
  it("have the same keys as English, none more", () => {
    expect(Object.keys(tables[id]).sort()).toEqual([...keys].sort());
  });

  it.each(keys)("%s says something and uses all it is given", (key) => {
    const { text, marks } = fill(id, key);
    expect(text.trim()).toBe(text);
    expect(text.length).toBeGreaterThan(0);
    for (const mark of marks) {
      expect(text).toContain(mark);
    }
  });

  it("are translated", () => {
    const same = keys.filter((key) => id !== "en" && fill(id, key).text === fill("en", key).text);
    expect(same.filter((key) => !["appName", "clockBound", "kilobits"].includes(key))).toEqual([]);
  });
});

describe("the choice of a language", () => {
  it.each([
    ["ja", ["en-US"], "ja"],
    [null, ["fr-FR", "ja-JP", "en"], "ja"],
    [null, ["zh-Hant-TW"], "zh"],
    [null, ["ZH-cn"], "zh"],
    ["xx", ["fr"], "en"],
    [null, [], "en"],
  ])("chosen %s, browser %j: %s", (chosen, wanted, expected) => {
    expect(pickLanguage(chosen, wanted)).toBe(expected);
  });
});
