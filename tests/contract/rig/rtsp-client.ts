import { connect, type Socket } from "node:net";
import { requestLimitMs } from "./api.ts";
import { within } from "./wait.ts";

/** An answer of an RTSP server. */
export type RtspReply = { readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly body: string };

/** A bare RTSP connection, for looking at status codes and headers that ffmpeg does not show. */
export type RtspConnection = {
  request(method: string, url: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<RtspReply>;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  stop(): void;
};

/** SDP of a publisher with H.264 and Opus, as ffmpeg writes it. */
export const publisherSdp = [
  "v=0",
  "o=- 0 0 IN IP4 127.0.0.1",
  "s=test",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=video 0 RTP/AVP 96",
  "a=rtpmap:96 H264/90000",
  "a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LAHtkAoC/5cBEAAAMAAQAAAwA8DxYuSA==,aMuMsg==; profile-level-id=42C01E",
  "a=control:streamid=0",
  "",
].join("\r\n");

/** Opens a connection. */
export async function openRtsp(port: number): Promise<RtspConnection> {
  const socket: Socket = connect(port, "127.0.0.1");
  let held = "";
  let wake: () => void = () => undefined;
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    held += String(chunk);
    wake();
  });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      resolve();
      wake();
    });
  });
  socket.on("error", () => undefined);
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  let sequence = 0;
  return {
    closed,
    stop: () => void socket.destroy(),
    async request(method, url, headers = {}, body = "") {
      sequence += 1;
      const length = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
      const lines = Object.entries({ CSeq: String(sequence), "User-Agent": "contract", ...headers, ...length });
      socket.write(`${method} ${url} RTSP/1.0\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`);
      for (;;) {
        const reply = takeReply(held);
        if (reply !== null) {
          held = reply.rest;
          return reply;
        }
        if (socket.destroyed) {
          throw new Error(`the connection was closed during ${method}`);
        }
        const news = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await within(`the answer to ${method}`, news, requestLimitMs);
      }
    },
  };
}

function takeReply(text: string): (RtspReply & { readonly rest: string }) | null {
  const start = text.indexOf("RTSP/1.0 ");
  const end = text.indexOf("\r\n\r\n", start);
  if (start < 0 || end < 0) {
    return null;
  }
  const [first = "", ...lines] = text.slice(start, end).split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  const length = Number(headers.get("content-length") ?? 0);
  if (text.length < end + 4 + length) {
    return null;
  }
  return { status: Number(first.split(" ")[1]), headers, body: text.slice(end + 4, end + 4 + length), rest: text.slice(end + 4 + length) };
}
