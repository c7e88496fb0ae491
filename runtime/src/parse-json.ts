/** Reads JSON; undefined for text that is none, which no JSON text ever gives. The caller has bounded the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
