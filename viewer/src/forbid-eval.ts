/*
 * Tells zod not to compile its parsers with `new Function`: the content security policy forbids that, and every refused try is reported as a
 * violation. The name is that of zod's own global settings (zod 4.6, core.js), which it reads when a schema is made. Must be imported before any
 * schema; zod itself may have come before, in a file that several parts share, so settings that are there already are kept and changed.
 */
const settingsName = "__zod_globalConfig";
Reflect.set(globalThis, settingsName, Object.assign(Reflect.get(globalThis, settingsName) ?? {}, { jitless: true }));

export {};
