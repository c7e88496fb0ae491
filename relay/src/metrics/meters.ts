import type { Channel, Transport } from "@helmcast/config";

/** The doors at which somebody shows a secret. */
export type Door = "account" | "share" | "device" | "enrolment";

/** How showing a secret went. `limited`: too many tries came before. */
export type DoorResult = "ok" | "wrong" | "limited";

/** What the engine asks about (MediaMTX contract, section 1.1). */
export type CallbackAction = "publish" | "read" | "playback" | "api" | "metrics" | "pprof" | "malformed";

/** Where an LL-HLS answer came from: memory, or a fetch from the engine, which all who waited for it share. */
export type HlsSource = "cache" | "engine";

/** What the broker refused. */
export type BrokerRefusal = "connect" | "publish" | "subscribe";

/** One answered request. `operation` is the operation's id, never the path: everything that becomes a label is one of a fixed set. */
export type AnsweredRequest = { readonly operation: string; readonly status: number; readonly tookMs: number };

/** Counts sign-ins. */
export type SignInMeter = { count(door: Door, result: DoorResult): void };
/** Counts answers to the engine's questions. */
export type CallbackMeter = { count(action: CallbackAction, allowed: boolean): void };
/** Counts requests and the time until their answer began. */
export type RequestMeter = { observe(request: AnsweredRequest): void };
/** Counts LL-HLS answers given from memory and fetched; those that shared a fetch are the rest of the requests. */
export type HlsMeter = { count(source: HlsSource): void };
/** Counts what passes the broker. */
export type BrokerMeter = { message(channel: Channel): void; refusal(kind: BrokerRefusal): void };
/** Takes the bytes of a watch that has ended; those that run are asked at each reading. */
export type WatchMeter = { ended(transport: Transport, bytes: number): void };

/** Everything that the parts of the gateway count. Each part gets only its own meter and knows nothing of Prometheus. */
export type Meters = {
  readonly signIns: SignInMeter;
  readonly callbacks: CallbackMeter;
  readonly requests: RequestMeter;
  readonly hls: HlsMeter;
  readonly broker: BrokerMeter;
  readonly watches: WatchMeter;
};
