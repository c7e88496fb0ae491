import type { PathConfig } from "./api-schema.ts";

/** Most paths with settings of their own that are remembered: 16 devices with 16 cameras each. */
export const maxRememberedPaths = 256;

/**
 * Path settings that were made through the API. The engine keeps them in memory only (MediaMTX contract, section 1.6), so they are
 * remembered here and made again after each of its starts.
 */
export class PathMemory {
  readonly #configs = new Map<string, PathConfig>();

  /** True when one more name would be too many. */
  isFullFor(name: string): boolean {
    return !this.#configs.has(name) && this.#configs.size >= maxRememberedPaths;
  }

  /** Remembers all settings of a path. */
  set(name: string, config: PathConfig): void {
    this.#configs.set(name, { ...config });
  }

  /** Adds settings to what is remembered of a path. */
  merge(name: string, change: PathConfig): void {
    this.#configs.set(name, { ...this.#configs.get(name), ...change });
  }

  /** Forgets a path. */
  remove(name: string): void {
    this.#configs.delete(name);
  }

  /** Everything that has to be made again, oldest first. */
  entries(): ReadonlyArray<readonly [name: string, config: PathConfig]> {
    return [...this.#configs];
  }
}
