import type { ApiRtspSession } from "../stream/api-types.ts";
import type { RtspReply, RtspRequest } from "./message.ts";

/** The connection as a session sees it. */
export type RtspLink = {
  /** UUID of the connection. */
  readonly connId: string;
  readonly ip: string;
  readonly remoteAddr: string;
  /** Hands bytes to the socket. Never blocks; look at `backlogBytes` before. */
  send(bytes: Buffer): void;
  /** Bytes that the client has not taken yet. */
  backlogBytes(): number;
  /** Ends the connection and with it the session. */
  close(reason: string): void;
  /** Says that the handshake is over. `idleMs` ends the connection after so much silence from the client; 0 means never. */
  established(idleMs: number): void;
};

/** A publishing or playing session: one connection, one session, as always over TCP. */
export type RtspSession = {
  /** UUID of the session. */
  readonly id: string;
  /** True while it may still become another kind of session. */
  readonly isIdle: boolean;
  /** Answers a request that is about the session. */
  handle(request: RtspRequest): Promise<RtspReply>;
  /** Takes an interleaved packet; the memory is the session's. */
  takeInterleaved(channel: number, payload: Buffer): void;
  /** The connection is gone. */
  end(): void;
  /** The session as the control API shows it. */
  describe(): ApiRtspSession;
};

/** How the server makes sessions; the composition root introduces the two kinds. */
export type RtspSessionKinds = {
  readonly publish: (link: RtspLink) => RtspSession;
  readonly play: (link: RtspLink) => RtspSession;
};

/** Session timeout told to clients, s (MediaMTX contract, section 1.3). */
export const sessionTimeoutS = 55;

/** The Session header of a reply. */
export function sessionHeader(id: string): { readonly Session: string } {
  return { Session: `${id.replaceAll("-", "")};timeout=${sessionTimeoutS}` };
}

/** True where the request names this session or none. */
export function namesSession(request: RtspRequest, id: string): boolean {
  const named = request.headers.get("session")?.split(";")[0]?.trim();
  return named === undefined || named === id.replaceAll("-", "");
}
