export type { AuditEntry, AuditKind } from "./contract/api/audit.ts";
export { auditEntrySchema, auditKinds, auditQuerySchema, auditReplySchema } from "./contract/api/audit.ts";
export type { CameraInfo, ErrorReply } from "./contract/api/cameras.ts";
export { cameraListSchema, cameraSchema, errorReplySchema, healthReplySchema, readyReplySchema } from "./contract/api/cameras.ts";
export type { Detections } from "./contract/api/detections.ts";
export { detectionsEventSchema, detectionsQuerySchema, detectionsSchema } from "./contract/api/detections.ts";
export type { DeviceInfo, Enrolment } from "./contract/api/devices.ts";
export {
  addDeviceRequestSchema,
  deviceListSchema,
  deviceSchema,
  enrolmentAlphabet,
  enrolmentCodeSchema,
  enrolmentLifetimeS,
  enrolmentSchema,
  enrolReplySchema,
  enrolRequestSchema,
  readEnrolmentLink,
  tokenReplySchema,
  tokenRequestSchema,
  writeEnrolmentLink,
} from "./contract/api/devices.ts";
export { hlsQuerySchema, pictureQuerySchema } from "./contract/api/live.ts";
export type { AccountInfo, Grant, Role } from "./contract/api/people.ts";
export {
  accountListSchema,
  accountNameSchema,
  accountSchema,
  addAccountRequestSchema,
  everyDevice,
  grantDeviceSchema,
  grantSchema,
  passwordReplySchema,
  roleSchema,
  setGrantRequestSchema,
  setPasswordRequestSchema,
} from "./contract/api/people.ts";
export type { LoginReply, SessionReply, SignInInfo } from "./contract/api/session.ts";
export {
  changePasswordRequestSchema,
  loginReplySchema,
  loginRequestSchema,
  newPasswordSchema,
  openShareRequestSchema,
  sessionReplySchema,
  signInListSchema,
  signInSchema,
} from "./contract/api/session.ts";
export type { ShareInfo } from "./contract/api/shares.ts";
export {
  addShareReplySchema,
  addShareRequestSchema,
  maxShareLifetimeS,
  shareListSchema,
  shareSchema,
  streamPathSchema,
} from "./contract/api/shares.ts";
export type { Transport, WatchInfo } from "./contract/api/watching.ts";
export { transports, watchListSchema, watchSchema } from "./contract/api/watching.ts";
export type { AccessClaims } from "./contract/claims.ts";
export { accessClaimsSchema, tokenAlgorithm, tokenLifetimesS } from "./contract/claims.ts";
export { blackBoxLimits } from "./contract/drive/black-box.ts";
export type { LeaseReply, LeaseRequest, LeaseRight, LeaseState } from "./contract/drive/lease-api.ts";
export { leaseQuerySchema, leaseReplySchema, leaseRequestSchema, leaseRights, leaseStateSchema } from "./contract/drive/lease-api.ts";
export { driveLimits } from "./contract/drive/limits.ts";
export type {
  BlackBoxRequest,
  DriveCommandMessage,
  LeaseMessage,
  LookCommandMessage,
  StopAck,
  StopCause,
  StopMessage,
  Telemetry,
} from "./contract/drive/messages.ts";
export {
  bareDriveSchema,
  bareLookSchema,
  blackBoxRequestSchema,
  driveCommandSchema,
  leaseMessageSchema,
  lookCommandSchema,
  stopAckSchema,
  stopCauses,
  stopSchema,
  telemetrySchema,
} from "./contract/drive/messages.ts";
export type { AppErrorOptions, ErrorCode } from "./contract/errors/index.ts";
export { AppError, errorRegistry } from "./contract/errors/index.ts";
export type { DeviceStatus, EchoPing, EchoPong } from "./contract/messages.ts";
export { announcedCameraSchema, deviceStatusSchema, echoPingSchema, echoPongSchema } from "./contract/messages.ts";
export type { StreamPath } from "./contract/names.ts";
export { buildStreamPath, cameraIdSchema, deviceIdSchema, idPattern, parseStreamPath, talkId } from "./contract/names.ts";
export { operations } from "./contract/operations/index.ts";
export type { Access, DeviceAction, Operation, Reply, SiteAction } from "./contract/operations/types.ts";
export type { CameraUrls } from "./contract/paths.ts";
export { cameraUrls, routes, sessionCookie, talkUrl } from "./contract/paths.ts";
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
