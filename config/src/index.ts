export type { CameraInfo, ErrorReply, LoginReply } from "./contract/api.ts";
export { cameraListSchema, cameraSchema, errorReplySchema, loginReplySchema, loginRequestSchema } from "./contract/api.ts";
export type { AccessClaims } from "./contract/claims.ts";
export { accessClaimsSchema, tokenAlgorithm, tokenLifetimesS } from "./contract/claims.ts";
export type { AppErrorOptions, ErrorCode } from "./contract/errors/index.ts";
export { AppError, errorRegistry } from "./contract/errors/index.ts";
export type { DeviceStatus, EchoPing, EchoPong } from "./contract/messages.ts";
export { announcedCameraSchema, deviceStatusSchema, echoPingSchema, echoPongSchema } from "./contract/messages.ts";
export type { StreamPath } from "./contract/names.ts";
export { buildStreamPath, cameraIdSchema, deviceIdSchema, idPattern, parseStreamPath, talkId } from "./contract/names.ts";
export type { CameraUrls } from "./contract/paths.ts";
export { cameraUrls, routes, sessionCookie } from "./contract/paths.ts";
export type { PortName, Ports } from "./contract/ports.ts";
export { defaultPorts, shiftPorts } from "./contract/ports.ts";
export type { StampGeometry, StampReading } from "./contract/stamp.ts";
export {
  averageCells,
  decodeStamp,
  encodeStamp,
  parityGroup,
  stampGeometry,
  stampGuards,
  stampLayout,
  stampModuloMs,
  unwrapStamp,
} from "./contract/stamp.ts";
export type { Channel, Topic } from "./contract/topics.ts";
export { buildTopic, channels, defaultSite, parseTopic } from "./contract/topics.ts";
