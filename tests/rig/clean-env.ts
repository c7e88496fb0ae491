/** Variables that would change what a copy does, or that belong to the program that runs the tests. */
const foreign = /^(HELMCAST_|MEDIAMTX_|npm_|NODE_OPTIONS|PLAYWRIGHT_|PW_)/;

/** The environment of this process without anything that a person has set for a copy of their own. */
export function cleanEnv(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
