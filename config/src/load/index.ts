export type { CameraSettings, CameraSource, DriveSettings, EdgeSettings } from "../schema/edge.ts";
export { edgeSettingsSchema } from "../schema/edge.ts";
export type { RelaySettings } from "../schema/relay.ts";
export { relaySettingsSchema } from "../schema/relay.ts";
export type { EdgeLoadResult } from "./edge.ts";
export { edgeHelp, loadEdgeSettings } from "./edge.ts";
export type { LoadInput } from "./load-settings.ts";
export type { RelayLoadResult } from "./relay.ts";
export { loadRelaySettings, relayHelp } from "./relay.ts";
