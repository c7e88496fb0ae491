import { describe, expect, it } from "vitest";
import { explainFetchError, explainStatus, planRetry } from "./fetch-fault.ts";

const times = { connectMs: 5000, stallMs: 30_000, totalMs: 600_000 };
const withCode = (code: string): Error => Object.assign(new Error(code), { code });

describe("what went wrong, and whether to try again", () => {
  it.each([
    ["UND_ERR_CONNECT_TIMEOUT", "github.com gave no answer within 5 s", false],
    ["UND_ERR_HEADERS_TIMEOUT", "github.com sent nothing for 30 s", true],
    ["UND_ERR_BODY_TIMEOUT", "github.com sent nothing for 30 s", true],
    ["UND_ERR_ABORTED", "github.com was not done within 600 s", false],
    ["ENOTFOUND", "github.com: its name was not found", true],
    ["ECONNREFUSED", "github.com: it refused the connection", true],
    ["UND_ERR_SOCKET", "github.com: the connection broke off", true],
    ["ENOSPC", "the disk is full", false],
    ["CERT_HAS_EXPIRED", "github.com could not be asked (CERT_HAS_EXPIRED)", false],
  ])("%s", (code, reason, retry) => {
    expect(explainFetchError(withCode(code), "github.com", times)).toEqual({ reason, retry });
  });

  it("takes anything that is thrown", () => {
    expect(explainFetchError("odd", "github.com", times)).toMatchObject({ retry: false });
  });

  it.each([
    [200, null],
    [404, false],
    [403, false],
    [302, false],
    [429, true],
    [500, true],
    [503, true],
  ])("status %s", (status, retry) => {
    expect(explainStatus(status, "h", "f")?.retry ?? null).toBe(retry);
  });

  it("waits longer each time, spread by chance, and gives up after two more tries", () => {
    const passing = { reason: "", retry: true };
    expect([1, 2, 3].map((failures) => planRetry(passing, failures, 0.5))).toEqual([500, 1500, null]);
    expect([0, 1].map((random) => planRetry(passing, 1, random))).toEqual([375, 625]);
    expect(planRetry({ reason: "", retry: false }, 1, 0)).toBeNull();
  });
});
