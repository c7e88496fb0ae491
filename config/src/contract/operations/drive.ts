import { leaseQuerySchema, leaseReplySchema, leaseRequestSchema } from "../drive/lease-api.ts";
import { routes } from "../paths.ts";
import type { Operation } from "./types.ts";

const json = "application/json";
const lease = { tag: "driving", path: `${routes.leases}/:device` } as const;

/** Driving, beside what goes over MQTT. */
export const driveOperations: readonly Operation[] = [
  {
    ...lease,
    id: "readLease",
    access: { device: "read:telemetry" },
    method: "get",
    summary: "Shows who drives a device, and who waits to take over.",
    query: leaseQuerySchema,
    reply: { status: 200, type: json, schema: leaseReplySchema },
    errors: ["HC_GATEWAY_BAD_QUERY", "HC_GATEWAY_DEVICE_UNKNOWN"],
  },
  {
    ...lease,
    id: "changeLease",
    access: { device: "write:cmd" },
    method: "post",
    summary: "Takes, renews or gives back the controls, asks for them, answers who asks; an admin of the device can seize them.",
    body: { type: json, schema: leaseRequestSchema },
    reply: { status: 200, type: json, schema: leaseReplySchema },
    errors: [
      "HC_GATEWAY_DEVICE_UNKNOWN",
      "HC_GATEWAY_LEASE_HELD",
      "HC_GATEWAY_LEASE_LOST",
      "HC_GATEWAY_LEASE_ASKED",
      "HC_GATEWAY_LEASE_ASK_GONE",
      "HC_GATEWAY_LEASE_REFUSED",
      "HC_GATEWAY_KICKED",
      "HC_GATEWAY_TOO_MANY_SESSIONS",
    ],
  },
  {
    tag: "driving",
    id: "readBlackBox",
    access: { device: "write:cmd" },
    method: "get",
    path: `${routes.devices}/:device/black-box`,
    summary: "Fetches the last minute of commands, decisions and states from a device: gzipped JSON lines.",
    reply: { status: 200, type: "application/gzip" },
    errors: ["HC_GATEWAY_DEVICE_UNKNOWN", "HC_GATEWAY_BLACK_BOX", "HC_GATEWAY_BUSY"],
  },
  {
    tag: "driving",
    id: "sendBlackBox",
    access: { device: "publish" },
    method: "post",
    path: `${routes.blackBox}/:nonce`,
    summary: "A device sends its black box to the one-time address at which somebody waits for it.",
    body: { type: "application/gzip" },
    reply: { status: 204 },
    errors: ["HC_GATEWAY_NOT_FOUND", "HC_GATEWAY_BODY_TYPE", "HC_GATEWAY_BODY_TOO_LARGE"],
  },
];
