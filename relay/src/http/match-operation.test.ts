import { operations } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { createOperationMatcher } from "./match-operation.ts";

const match = createOperationMatcher(operations);

describe("createOperationMatcher", () => {
  it("finds every operation by an address of its own", () => {
    const found = operations.map(({ method, path }) => match(method.toUpperCase(), path.replaceAll(/:\w+/g, "x")));
    expect(found).toEqual(operations.map(({ id }) => id));
  });

  it.each([
    ["HEAD", "/live/picarx/front/snapshot.jpg", "snapshot"],
    ["POST", "/live/picarx/talk/whip", "whipStart"],
    ["DELETE", "/api/auth/sessions/abc", "endSignIn"],
    ["GET", "/", "none"],
    ["GET", "/assets/index-1234.js", "none"],
    ["PUT", "/metrics", "none"],
    ["GET", "/metrics/", "none"],
    ["GET", "/METRICS", "none"],
    ["GET", "/api/cameras//front", "none"],
    ["TRACE", "/healthz", "none"],
    ["GET", "/constructor", "none"],
  ])("%s %s is %s", (method, path, id) => {
    expect(match(method, path)).toBe(id);
  });

  it("takes a literal path before a parameter, whatever the order", () => {
    const [some] = operations;
    const base = { ...some, method: "get" } as (typeof operations)[number];
    const pick = createOperationMatcher([
      { ...base, id: "any", path: "/a/:b" },
      { ...base, id: "own", path: "/a/me" },
    ]);
    expect([pick("GET", "/a/me"), pick("GET", "/a/you")]).toEqual(["own", "any"]);
  });
});
