import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

describe("parseJson", () => {
  it("tells text that is no JSON from every value of JSON", () => {
    expect(parseJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(parseJson("null")).toBeNull();
    for (const text of ["", "{", "undefined", "NaN", "{'a':1}", "1 2"]) {
      expect(parseJson(text)).toBeUndefined();
    }
  });
});
