import { operations, routes } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getRaw, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { compareRoutes } from "./compare-routes.ts";

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway();
});
afterAll(async () => {
  await rig.stop();
});

describe("the gateway", () => {
  it("has a route for every operation, and an operation for every route", () => {
    expect(compareRoutes(rig.gateway.routes(), operations)).toEqual([]);
  });

  it("tells its interface to everybody, and says when it is the same as before", async () => {
    const response = await fetch(`${rig.base}${routes.openapi}`);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ openapi: "3.1.1", paths: { "/api/cameras": { get: { operationId: "listCameras" } } } });
    // By hand, since fetch asks for a fresh copy whenever somebody names an ETag.
    expect(await getRaw(rig.base, routes.openapi, { "if-none-match": response.headers.get("etag") ?? "" })).toBe("304 ");
    expect((await fetch(`${rig.base}${routes.openapi}`, { method: "PUT" })).status).toBe(405);
  });
});
