/*
 * Tells zod, before it loads, not to compile its parsers with `new Function`: the content security policy forbids that, and every
 * refused try is reported as a violation. The name is that of zod's own global settings (zod 4.6, core.js). Must be imported first.
 */
Reflect.set(globalThis, "__zod_globalConfig", { jitless: true });

export {};
