/** Longest path name taken, characters. Regexes of the settings run on it, so it is bounded. */
export const maxPathNameLength = 255;

/** Why `name` can't be a path name, or null where it can (MediaMTX contract, section 1.4). */
export function refusePathName(name: string): string | null {
  if (name === "") {
    return "cannot be empty";
  }
  if (name.length > maxPathNameLength) {
    return `can't be longer than ${maxPathNameLength} characters`;
  }
  if (name.startsWith("/")) {
    return "can't begin with a slash";
  }
  if (name.endsWith("/")) {
    return "can't end with a slash";
  }
  if (!/^[0-9a-zA-Z_\-/.]+$/.test(name)) {
    return "can contain only alphanumeric characters, underscore, dot, minus, slash";
  }
  return name.split("/").some((segment) => segment === "." || segment === "..") ? "can't contain dot path segments" : null;
}
