import { describe, expect, it } from "vitest";
import { accessErrors } from "./access.ts";
import { commonErrors } from "./common.ts";
import { driveErrors } from "./drive.ts";
import { edgeErrors } from "./edge.ts";
import { embeddedErrors } from "./embedded.ts";
import { engineErrors } from "./engine.ts";
import { gatewayErrors } from "./gateway.ts";
import { AppError, errorRegistry } from "./index.ts";
import type { ErrorEntry } from "./types.ts";

const areas: readonly [area: string | null, registry: Readonly<Record<string, ErrorEntry>>][] = [
  [null, commonErrors],
  ["EDGE", edgeErrors],
  ["EMBEDDED", embeddedErrors],
  ["ENGINE", engineErrors],
  // The gateway speaks for what people meet: sign-in, cameras, sessions. Its codes name that, not the gateway.
  [null, gatewayErrors],
  [null, accessErrors],
  [null, driveErrors],
];

const rows = areas.flatMap(([area, registry]) => Object.entries(registry).map(([code, entry]) => [code, area, entry] as const));

describe("error registry", () => {
  it.each(rows)("%s", (code, area, entry) => {
    expect(code).toMatch(area === null ? /^HC_[A-Z0-9]+(_[A-Z0-9]+)*$/ : new RegExp(`^HC_${area}_[A-Z0-9_]+$`));
    expect(entry.sentence).toMatch(/^[A-Z].*\.$/s);
    expect(entry.sentence).not.toMatch(/\n| {2}/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.status).toBeLessThan(600);
    expect(typeof entry.retryable).toBe("boolean");
  });

  it("has every code once", () => {
    expect(Object.keys(errorRegistry)).toHaveLength(rows.length);
  });
});

describe("AppError", () => {
  it("carries what is registered, the detail and the cause", () => {
    const cause = new Error("beneath");
    const error = new AppError("HC_CHILD_FAILED", { detail: "ffmpeg ended with code 1.", cause });
    expect(error).toMatchObject({ name: "AppError", code: "HC_CHILD_FAILED", status: 500, retryable: true, cause });
    expect(error.message).toBe(`${errorRegistry.HC_CHILD_FAILED.sentence} ffmpeg ended with code 1.`);
    expect(new AppError("HC_INTERNAL").message).toBe(errorRegistry.HC_INTERNAL.sentence);
  });
});
