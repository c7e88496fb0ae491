/** A version as three numbers. */
export type EngineVersion = { readonly major: number; readonly minor: number; readonly patch: number };

/** The oldest MediaMTX that works here: `hlsCDNSecret` came with it, and without CDN mode the gateway can't serve HLS. */
export const oldestVersion: EngineVersion = { major: 1, minor: 18, patch: 1 };

/** The first MediaMTX that has Media over QUIC, on by default; an older one refuses a settings file that names it. */
export const firstVersionWithMoq: EngineVersion = { major: 1, minor: 19, patch: 0 };

/** Reads what `mediamtx --version` and `/v3/info` say: `v1.20.1`, perhaps with a line end or a build suffix. Null when it is something else. */
export function parseEngineVersion(text: string): EngineVersion | null {
  const match = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:[-+].*)?$/.exec(text.trim());
  return match === null ? null : { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/** Writes a version as `1.20.1`. */
export function formatEngineVersion(version: EngineVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/** True when `version` is `least` or newer. */
export function isAtLeast(version: EngineVersion, least: EngineVersion): boolean {
  const difference = version.major - least.major || version.minor - least.minor || version.patch - least.patch;
  return difference >= 0;
}
