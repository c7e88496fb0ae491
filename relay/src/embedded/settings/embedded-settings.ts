/** Where a listener binds. `host` null means every interface. */
export type ListenAddress = { readonly host: string | null; readonly port: number };

/** One action that the callback is not asked about. An empty path means any; `~` begins a regex (MediaMTX contract, section 1.1). */
export type AuthExclude = { readonly action: string; readonly path: string };

/** Settings of the LL-HLS server (MediaMTX contract, section 1.7). */
export type HlsSettings = {
  readonly address: ListenAddress;
  /** Number of complete segments in the window, 3 or more. */
  readonly segmentCount: number;
  /** Shortest segment; segments end only at an IDR. */
  readonly segmentDurationMs: number;
  /** Longest part. */
  readonly partDurationMs: number;
  readonly segmentMaxBytes: number;
  /** True when a muxer runs for each stream whether or not somebody watches. */
  readonly alwaysRemux: boolean;
  /** A muxer without requests for this long ends. */
  readonly muxerCloseAfterMs: number;
  /** Bearer secret of CDN mode; null switches that mode off. */
  readonly cdnSecret: string | null;
  /** Values for Access-Control-Allow-Origin; `*` allows any. */
  readonly allowOrigins: readonly string[];
  /** Longest time between a request's first byte and its end. */
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
};

/** One ICE server that viewers are told about. */
export type IceServerSettings = {
  readonly url: string;
  /** `AUTH_SECRET` means that `password` is a secret from which credentials of 24 h are made (MediaMTX contract, section 1.8). */
  readonly username: string;
  readonly password: string;
  readonly clientOnly: boolean;
};

/** Settings of WHEP and WHIP (MediaMTX contract, section 1.8). */
export type WebrtcSettings = {
  readonly address: ListenAddress;
  /** UDP port of all media; null switches media over UDP off. */
  readonly localUdp: ListenAddress | null;
  /** TCP port of media; null (the default) means none. The embedded relay offers no media over TCP. */
  readonly localTcp: ListenAddress | null;
  readonly ipsFromInterfaces: boolean;
  /** Names of the interfaces to take addresses of; empty means all. */
  readonly ipsFromInterfacesList: readonly string[];
  /** More addresses to offer as host candidates. */
  readonly additionalHosts: readonly string[];
  readonly iceServers: readonly IceServerSettings[];
  readonly handshakeTimeoutMs: number;
  readonly trackGatherTimeoutMs: number;
  readonly allowOrigins: readonly string[];
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
};

/** What a path entry says, defaults filled in (MediaMTX contract, section 1.4). */
export type PathOptions = {
  /** Only `publisher` is served here. */
  readonly source: string;
  /** True when a second authorised publisher takes over from the first. */
  readonly overridePublisher: boolean;
  /** 0 means no limit. */
  readonly maxReaders: number;
};

/** One entry of `paths`: an exact name, `~regex`, or `all_others`. */
export type PathEntry = { readonly name: string; readonly options: PathOptions };

/** Everything the embedded relay takes from `mediamtx.yml`, checked and frozen. */
export type EmbeddedSettings = {
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  /** The gateway's callback, which every publish and read is asked of. */
  readonly auth: { readonly callbackUrl: string; readonly exclude: readonly AuthExclude[] };
  readonly api: ListenAddress | null;
  readonly metrics: ListenAddress | null;
  readonly rtsp: ListenAddress | null;
  readonly hls: HlsSettings | null;
  readonly webrtc: WebrtcSettings | null;
  readonly pathDefaults: PathOptions;
  readonly paths: readonly PathEntry[];
  /** The top-level keys as the file had them, for `/v3/config/global/get`. */
  readonly raw: Readonly<Record<string, unknown>>;
};
