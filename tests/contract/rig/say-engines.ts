import { describeEngines } from "./engines.ts";

/** Vitest calls this once before everything. */
export function setup(): void {
  console.log(describeEngines());
}
