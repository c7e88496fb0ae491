/** Programs by what they call themselves; the first that fits counts, since most also name the ones they descend from. */
const programs = [
  ["Edge", /\bEdgA?\/|\bEdgiOS\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\bFirefox\/|\bFxiOS\//],
  ["Chrome", /\b(?:Headless)?Chrom(?:e|ium)\/|\bCriOS\//],
  ["Safari", /\bSafari\//],
  ["curl", /^curl\//],
] as const;

const systems = [
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Android", /\bAndroid\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
] as const;

/** Pure: a program and its system in a few words, "Chrome, Android"; the beginning of an unknown name; null for none. */
export function sayBrowser(userAgent: string): string | null {
  const program = programs.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const system = systems.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const known = [program, system].filter((word) => word !== undefined).join(", ");
  return known !== "" ? known : userAgent === "" ? null : userAgent.slice(0, 40);
}
