/** What has been typed of one line that is not shown. `escape`: how far an escape sequence has come, whose characters do not count. */
export type Typing = { readonly text: string; readonly escape: "none" | "begun" | "inside"; readonly end: "entered" | "cancelled" | null };

/** Nothing typed yet. */
export const nothingTyped: Typing = { text: "", escape: "none", end: null };

/** Longest line that is kept, in characters; a password has at most 256. */
const maxChars = 1024;

/** Keys as a terminal in raw mode sends them. */
const enter = ["\r", "\n"];
const cancel = ["\u0003", "\u0004"];
const erase = ["\u007f", "\b"];
const eraseLine = "\u0015";
const escapeKey = "\u001b";

/** Takes in what a terminal in raw mode sent. `rest` came after the end of the line. */
export function typeKeys(typing: Typing, keys: string): { readonly typing: Typing; readonly rest: string } {
  let next = typing;
  let rest = "";
  for (const key of keys) {
    if (next.end === null) {
      next = typeKey(next, key);
    } else {
      rest += key;
    }
  }
  return { typing: next, rest };
}

function typeKey(typing: Typing, key: string): Typing {
  const { text } = typing;
  // Arrows and function keys come as ESC [ or ESC O, parameters, and one final letter or ~ (ECMA-48, section 5.4).
  if (typing.escape === "begun") {
    return { ...typing, escape: key === "[" || key === "O" ? "inside" : "none" };
  }
  if (typing.escape === "inside") {
    return { ...typing, escape: key >= "@" && key <= "~" ? "none" : "inside" };
  }
  if (key === escapeKey) {
    return { ...typing, escape: "begun" };
  }
  if (enter.includes(key)) {
    return { ...typing, end: "entered" };
  }
  if (cancel.includes(key)) {
    return { ...typing, end: "cancelled" };
  }
  if (erase.includes(key)) {
    return { ...typing, text: [...text].slice(0, -1).join("") };
  }
  if (key === eraseLine) {
    return { ...typing, text: "" };
  }
  return key >= " " && text.length < maxChars ? { ...typing, text: text + key } : typing;
}
