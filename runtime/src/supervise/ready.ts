import type { Clock } from "../clock.ts";
import type { ChildSpec } from "./child-process.ts";

/**
 * How a child says that it is ready: by a line of its output, by answering a probe, or by having been started at all.
 * A probe that throws is a no; the next one comes `everyMs` after the end of the last.
 */
export type ReadyRule =
  | { readonly kind: "line"; readonly matches: (line: string) => boolean }
  | { readonly kind: "probe"; readonly probe: () => Promise<boolean>; readonly everyMs: number }
  | { readonly kind: "spawned" };

/** The watch over one launch. */
export type ReadyWatch = {
  /** Adds the look at the child's lines to its spec. */
  wrap(spec: ChildSpec): ChildSpec;
  /** The child runs. */
  begin(): void;
  /** The child ended; nothing is told any more. */
  cancel(): void;
};

/** Watches one launch and tells `ready` or `ready-timeout`, once. */
export function watchReady(rule: ReadyRule, clock: Clock, timeoutMs: number, tell: (event: "ready" | "ready-timeout") => void): ReadyWatch {
  let over = false;
  let cancelProbe: () => void = () => undefined;
  const finish = (event: "ready" | "ready-timeout" | null): void => {
    if (over) {
      return;
    }
    over = true;
    cancelTimeout();
    cancelProbe();
    if (event !== null) {
      tell(event);
    }
  };
  const cancelTimeout = clock.after(timeoutMs, () => finish("ready-timeout"));
  const probe = async (ask: () => Promise<boolean>, everyMs: number): Promise<void> => {
    const yes = await Promise.resolve()
      .then(ask)
      .catch(() => false);
    if (yes) {
      finish("ready");
    } else if (!over) {
      cancelProbe = clock.after(everyMs, () => void probe(ask, everyMs));
    }
  };
  return {
    wrap: (spec) => (rule.kind === "line" ? { ...spec, onLine: watchLines(spec, rule.matches, () => finish("ready")) } : spec),
    begin() {
      if (rule.kind === "spawned") {
        finish("ready");
      } else if (rule.kind === "probe") {
        void probe(rule.probe, rule.everyMs);
      }
    },
    cancel: () => finish(null),
  };
}

function watchLines(spec: ChildSpec, matches: (line: string) => boolean, found: () => void): NonNullable<ChildSpec["onLine"]> {
  return (line, from) => {
    spec.onLine?.(line, from);
    if (matches(line)) {
      found();
    }
  };
}
