import { type Operation, operations } from "@helmcast/config";
import { z } from "zod";
import { type JsonSchema, randomText, randomValue, valueFor } from "./fuzz-values.ts";
import { type Chance, createChance } from "./random.ts";
import { type Role, roles } from "./world.ts";

/** One request of the fuzzing. `who` is whose token it carries: of a role, of somebody who may be signed out, or text that is none. */
export type FuzzRequest = {
  readonly seed: number;
  readonly id: string;
  readonly method: string;
  readonly target: string;
  readonly who: Role | "victim" | "garbage";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
};

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "LINK", "QUERY"];
const types = [
  "application/json",
  "application/sdp",
  "application/trickle-ice-sdpfrag",
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/json; charset=utf-16",
  "application/json; charset=x",
  "multipart/form-data",
  "image/svg+xml",
  "x",
  "",
];
/** Operations by which a token ends itself: sent with one that may. */
const endsItself = ["signOut", "signOutEverywhere", "changePassword", "endSignIn"];

const parameters: Readonly<Record<string, readonly string[]>> = {
  device: ["picarx", "picarx", "picarx", "lorry", "nothing"],
  camera: ["front", "front", "front", "rear", "side", "talk"],
  name: ["person-1", "fuzz", "made", "nobody"],
  file: ["index.m3u8", "index.m3u8", "stream.m3u8", "video1_stream.m3u8", "init.mp4", "0123456789ab_video1_part1.mp4", "x.mp4"],
  session: ["0123456789abcdef0123456789abcdef", "x"],
  id: ["1", "x", "00000000-0000-4000-8000-000000000000"],
};
const queries = [
  "_HLS_msn=1",
  "_HLS_msn=1&_HLS_part=0",
  "_HLS_msn=99999999999",
  "_HLS_msn=-1",
  "_HLS_skip=YES",
  "_HLS_part=1",
  "_HLS_msn=abc",
  "width=320",
  "width=1",
  "quality=0",
  "fps=1",
  "fps=1e9",
  "camera=picarx/front",
  "camera=..",
  "kind=signed-in",
  "limit=200",
  "limit=0",
  "before=1",
  "token=x",
  "a[b]=c",
  "__proto__[x]=1",
  "%zz",
  "&&&",
  "=",
  `a=${"b".repeat(2500)}`,
];

const schemas = new Map<string, JsonSchema>(
  operations.flatMap(({ id, body }) =>
    body?.schema === undefined ? [] : [[id, z.toJSONSchema(body.schema, { io: "input", unrepresentable: "any" }) as JsonSchema]],
  ),
);

/** The request of a seed: an operation's own form, bent in places. @param offer an SDP offer that a real peer made */
export function makeRequest(seed: number, offer: string): FuzzRequest {
  const chance = createChance(seed);
  const operation = chance.pick(operations);
  const who = chooseWho(operation, chance);
  const method = chance.hit(0.08) ? chance.pick(methods) : operation.method.toUpperCase();
  const target = chooseTarget(operation, who, chance);
  const body =
    method === "GET" || method === "HEAD" ? (chance.hit(0.05) ? randomBody(chance) : null) : chooseBody(operation, offer, chance);
  return { seed, id: operation.id, method, target, who, body, headers: chooseHeaders(operation, chance) };
}

function chooseWho(operation: Operation, chance: Chance): FuzzRequest["who"] {
  if (endsItself.includes(operation.id)) {
    return chance.pick(["victim", "nobody", "garbage", "other"] as const);
  }
  return chance.hit(0.08) ? "garbage" : chance.pick(chance.hit(0.4) ? (["owner", "drive"] as const) : roles);
}

function chooseTarget(operation: Operation, who: FuzzRequest["who"], chance: Chance): string {
  // What the owner may really do must not take the camera away that has to play at the end.
  const administers = operation.path.startsWith("/api/") && operation.method !== "get";
  let target = operation.path.replace(/:(\w+)/g, (_, name: string) => {
    if (chance.hit(0.1)) {
      return encodeURIComponent(randomText(chance).replace(/[\ud800-\udfff]/g, "?"));
    }
    return administers && name === "device" && who === "owner" ? "made" : chance.pick(parameters[name] ?? ["x"]);
  });
  if (chance.hit(0.06)) {
    target = bend(target, chance);
  }
  if (chance.hit(operation.query === undefined ? 0.12 : 0.6)) {
    target += `?${chance.pick(queries)}`;
  }
  return target;
}

function bend(target: string, chance: Chance): string {
  const at = chance.whole(target.length);
  const piece = chance.pick([
    "/",
    "//",
    "/../",
    "/./",
    "%2f",
    "%2e%2e",
    "%00",
    "%",
    ";",
    "\\",
    "%0d%0a",
    "%ff",
    "?",
    "#",
    "a".repeat(3000),
    "é",
    " ",
  ]);
  return target.slice(0, at) + piece + target.slice(at + chance.whole(3));
}

function chooseHeaders(operation: Operation, chance: Chance): Record<string, string> {
  const headers: Record<string, string> = { "x-forwarded-for": `10.99.0.${chance.whole(100)}` };
  if (operation.body !== undefined) {
    headers["content-type"] = chance.hit(0.9) ? operation.body.type : chance.pick(types);
  }
  const odd: ReadonlyArray<readonly [string, string]> = [
    ["origin", "https://evil.example"],
    ["sec-fetch-site", "cross-site"],
    ["host", "evil.example"],
    ["if-match", chance.pick(["*", '"x"', "x"])],
    ["if-none-match", chance.pick(["*", '"x"', 'W/"x"'])],
    ["range", chance.pick(["bytes=0-", "bytes=5-1", "bytes=-99999999999", "x"])],
    ["accept-encoding", chance.pick(["gzip", "br", "*;q=0", "gzip;q=x", "x".repeat(500)])],
    ["content-encoding", chance.pick(["gzip", "br", "deflate", "x"])],
    ["expect", chance.pick(["100-continue", "x"])],
    ["x-forwarded-proto", chance.pick(["https", "x,y", ""])],
    ["x-forwarded-for", chance.pick(["x", "::1", "1.2.3.4, 5.6.7.8", ",,,", "10.99.0.1".repeat(50)])],
    ["cookie", chance.pick(["helmcast_session=x", "helmcast_session=a.b", "=;;=", "helmcast_session=%", "__proto__=x", "x".repeat(4000)])],
    ["upgrade", "websocket"],
    ["accept", chance.pick(["text/html", "x/x", "*/*;q=0"])],
    ["last-event-id", "x".repeat(1000)],
    ["transfer-encoding", "chunked"],
    ["authorization", chance.pick(["Basic x", "Bearer", "Bearer a.b.c", "x"])],
  ];
  for (const [name, value] of odd) {
    if (chance.hit(0.03)) {
      headers[name] = value;
    }
  }
  return headers;
}

function chooseBody(operation: Operation, offer: string, chance: Chance): Buffer | null {
  const schema = schemas.get(operation.id);
  if (chance.hit(0.08)) {
    return randomBody(chance);
  }
  if (schema !== undefined) {
    const text = JSON.stringify(valueFor(schema, chance)) ?? "";
    return Buffer.from(chance.hit(0.05) ? text.slice(0, chance.whole(text.length)) : text);
  }
  if (operation.body === undefined) {
    return null;
  }
  const lines = offer.split("\r\n").filter(() => !chance.hit(chance.pick([0.01, 0.1, 0.5])));
  return Buffer.from(lines.map((line) => (chance.hit(0.02) ? line + randomText(chance) : line)).join("\r\n"));
}

function randomBody(chance: Chance): Buffer {
  switch (chance.whole(5)) {
    case 0:
      return Buffer.from(Array.from({ length: chance.whole(2000) }, () => chance.whole(256)));
    case 1:
      return Buffer.from("[".repeat(chance.whole(5000)));
    case 2:
      return Buffer.from(JSON.stringify(randomValue(chance)) ?? "");
    case 3:
      return Buffer.alloc(chance.whole(300_000), "a");
    default:
      return Buffer.alloc(0);
  }
}
