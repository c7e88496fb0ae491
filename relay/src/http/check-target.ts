/** Longest request target, in characters; ours stay under 200. */
const maxTargetChars = 2048;

/**
 * True when a request target is plain: it starts with one slash, its escapes decode, and its path has no dot segments, backslashes, encoded
 * slashes or control characters. Such paths mean different things to different programs (RFC 3986, section 6.2.2), which is how checks get bypassed.
 */
export function isPlainTarget(target: string): boolean {
  const queryAt = target.indexOf("?");
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  if (target.length > maxTargetChars || !path.startsWith("/") || path.startsWith("//")) {
    return false;
  }
  if (/%(?:2f|5c|2e|25|0[0-9a-f]|1[0-9a-f]|7f)/i.test(path) || /[\\#\s]/.test(path)) {
    return false;
  }
  if (path.split("/").some((segment) => segment === "." || segment === "..")) {
    return false;
  }
  return decodes(path);
}

/**
 * True unless a request has two Host headers (RFC 9112, section 3.2), of which two programs may each believe another one.
 * @param rawHeaders names and values in turn, as Node gives them
 */
export function hasOneHost(rawHeaders: readonly string[]): boolean {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length < 2;
}

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    // URIError: a broken escape, which is exactly what was asked.
    return false;
  }
}
