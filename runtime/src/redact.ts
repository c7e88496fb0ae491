/** What stands in a log in place of a secret. */
export const censored = "[redacted]";

/** Names of fields that hold secrets, in lower case and without "-" and "_". */
const secretNames = new Set([
  "password",
  "passwd",
  "secret",
  "token",
  "accesstoken",
  "refreshtoken",
  "authorization",
  "proxyauthorization",
  "cookie",
  "setcookie",
  "clientsecret",
  "callbacksecret",
  "apisecret",
  "hlscdnsecret",
  "hlscdn",
  "adminpassword",
  "credential",
  "jwt",
  "enrolmentcode",
  "passwordhash",
  "secrethash",
  "codehash",
  "cookiehash",
  "familyhash",
]);

/** A code with which a device enrols, as the contract writes it. Fields called `code` hold errors' codes too, which must stay. */
const enrolmentCodePattern = /^[A-HJKMNP-Z2-9]{4}[\s-]?[A-HJKMNP-Z2-9]{4}$/i;

/** How deep objects are looked into. What lies deeper is left out of the log altogether. */
const maxDepth = 8;

/** Entries of one array or object that get into a log. */
const maxEntries = 200;

/** True when a field of this name holds a secret: `password`, `accessToken`, `set-cookie`, `HELMCAST_ADMIN_PASSWORD`... */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, "");
  return secretNames.has(plain) || plain.endsWith("password") || plain.endsWith("secret") || plain.endsWith("token");
}

/** True when a field holds a secret, by its name, or by its name and its value. */
function isSecret(name: string, value: unknown): boolean {
  return isSecretName(name) || (/^code$/i.test(name) && typeof value === "string" && enrolmentCodePattern.test(value));
}

/** A copy in which the values of secret fields are replaced, at any depth up to 8; deeper and circular parts are cut off. */
export function redactValue(value: unknown, depth = 0, seen: ReadonlySet<object> = new Set()): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error || value instanceof Date || ArrayBuffer.isView(value)) {
    return value;
  }
  if (depth >= maxDepth || seen.has(value)) {
    return "[cut]";
  }
  const inside = new Set(seen).add(value);
  if (Array.isArray(value)) {
    return value.slice(0, maxEntries).map((entry) => redactValue(entry, depth + 1, inside));
  }
  const entries = Object.entries(value).slice(0, maxEntries);
  return Object.fromEntries(
    entries.map(([name, entry]) => [name, isSecret(name, entry) && entry != null ? censored : redactValue(entry, depth + 1, inside)]),
  );
}

/**
 * Takes secrets out of text: `user:password@` and `token=`, `jwt=`, `secret=`, `password=`, `session=`, `code=` in URLs, what follows `#/share/`, `Bearer` and `Basic` headers.
 * Children write such things in their own lines, and those are logged.
 */
export function redactText(text: string): string {
  return text
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]+@/gi, `$1${censored}@`)
    .replaceAll(/([?&;](?:access_?token|token|jwt|secret|password|session|code)=)[^&\s"'\\;]+/gi, `$1${censored}`)
    .replaceAll(/(#\/share\/)[^\s"'\\]+/gi, `$1${censored}`)
    .replaceAll(/\b(Bearer|Basic) +[A-Za-z0-9._~+/=:-]+/g, `$1 ${censored}`);
}

/**
 * Takes secrets out of a finished JSON log line: string fields with a secret's name, and what {@link redactText} finds. It catches what was
 * bound with `child()`, which pino writes as text at once.
 */
export function redactLine(line: string): string {
  const fieldsClean = line.replaceAll(/"([^"\\]{1,64})":"((?:[^"\\]|\\.)*)"/g, (field, name: string, value: string) =>
    isSecret(name, value) ? `"${name}":"${censored}"` : field,
  );
  return redactText(fieldsClean);
}
