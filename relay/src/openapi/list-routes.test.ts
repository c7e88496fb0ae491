import { operations } from "@helmcast/config";
import express, { Router } from "express";
import { describe, expect, it } from "vitest";
import { compareRoutes } from "./compare-routes.ts";
import { listRoutes } from "./list-routes.ts";

describe("listRoutes", () => {
  it("finds routes in routers, mounted ones and lists of paths too, and leaves out handlers of every method", () => {
    const inner = Router();
    inner.get("/deep", () => undefined);
    const router = Router();
    router.use((_request, _response, next) => next());
    router.use("/mounted", inner);
    router.use(["/one", "/two"], inner);
    router
      .route("/both")
      .get(() => undefined)
      .post(() => undefined)
      .all(() => undefined);
    router.get(["/a", "/b"], () => undefined);
    const app = express();
    app.use(router);
    app.delete("/direct/:id", () => undefined);
    expect(listRoutes(app)).toEqual([
      { method: "get", path: "/mounted/deep" },
      { method: "get", path: "/one/deep" },
      { method: "get", path: "/two/deep" },
      { method: "get", path: "/both" },
      { method: "post", path: "/both" },
      { method: "get", path: "/a" },
      { method: "get", path: "/b" },
      { method: "delete", path: "/direct/:id" },
    ]);
  });

  it("refuses a pattern, behind which routes could hide", () => {
    const app = express();
    app.get(/^\/x/, () => undefined);
    expect(() => listRoutes(app)).toThrow();
  });
});

describe("compareRoutes", () => {
  const routes = operations.map(({ method, path }) => ({ method, path }));

  it("is content with the table itself and the viewer's pages", () => {
    expect(compareRoutes([...routes, { method: "get", path: "/{*page}" }], operations)).toEqual([]);
  });

  it("names a route without operation and an operation without route", () => {
    expect(compareRoutes([...routes, { method: "get", path: "/debug" }], operations)).toEqual(["get /debug is no operation"]);
    const without = routes.filter(({ path }) => path !== "/metrics");
    expect(compareRoutes(without, operations)).toEqual(["get /metrics is an operation without a route"]);
  });
});
