import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** Longest wait for a step of the sign-in, ms. */
const stepLimitMs = 20_000;
/** What is kept of the end of a chunk, characters: a stamp that is cut in two. */
const tailChars = 48;
/** Seconds; longer than a measurement, so that no pings are in it. */
const keepaliveS = 120;

/** Who listens, where. `topic` null: nothing is subscribed to. */
export type Listener = { readonly port: number; readonly user: string; readonly token: string; readonly topic: string | null };

/**
 * Opens one MQTT connection over WebSocket that costs as little as possible, so that one process holds hundreds: what comes is not parsed, only the
 * stamps in it are found. MQTT 3.1.1 and RFC 6455, as far as a listener needs them.
 * @throws Error when it is not let in
 */
export async function listen(listener: Listener, hear: (stampMs: number) => void): Promise<Socket> {
  const socket = connect({ port: listener.port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => undefined);
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  );
  await answer(socket, (bytes) => (bytes.includes("\r\n\r\n") ? bytes.subarray(0, 12).toString("latin1") === "HTTP/1.1 101" : null));
  socket.write(frame(connectPacket(listener)));
  await answer(socket, (bytes) => readAnswer(bytes, 0x20, 3));
  if (listener.topic !== null) {
    socket.write(frame(packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(listener.topic), Buffer.from([0])]))));
    await answer(socket, (bytes) => readAnswer(bytes, 0x90, 4));
  }
  let tail = "";
  socket.on("data", (chunk: Buffer) => {
    const said = tail + chunk.toString("latin1");
    let end = 0;
    for (const found of said.matchAll(/"stampMs":([\d.]+),/g)) {
      hear(Number(found[1]));
      end = found.index + found[0].length;
    }
    tail = said.slice(Math.max(end, said.length - tailChars));
  });
  return socket;
}

/** Waits until `judge` says yes or no of all bytes so far; null: more is needed. */
async function answer(socket: Socket, judge: (bytes: Buffer) => boolean | null): Promise<void> {
  let bytes = Buffer.alloc(0);
  await new Promise<void>((resolve, reject) => {
    const end = (fault: string | null): void => {
      clearTimeout(timer);
      socket.off("data", hear);
      socket.off("close", leave);
      if (fault === null) {
        resolve();
      } else {
        reject(new Error(fault));
      }
    };
    const hear = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const verdict = judge(bytes);
      if (verdict !== null) {
        end(verdict ? null : `not let in: ${bytes.subarray(0, 12).toString("hex")}`);
      }
    };
    const leave = (): void => end("closed");
    const timer = setTimeout(() => end(`no answer within ${stepLimitMs} ms`), stepLimitMs);
    socket.on("data", hear);
    socket.on("close", leave);
  });
}

/** An MQTT answer of this type whose byte at `codeAt` is 0, in however many short unmasked frames it comes. */
function readAnswer(bytes: Buffer, type: number, codeAt: number): boolean | null {
  const parts: Buffer[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2 + (bytes[at + 1] ?? 0)) {
    parts.push(bytes.subarray(at + 2, at + 2 + (bytes[at + 1] ?? 0)));
  }
  const body = Buffer.concat(parts);
  return body.length <= codeAt ? null : body[0] === type && body[codeAt] === 0;
}

function connectPacket({ user, token }: Listener): Buffer {
  const id = `bench-${randomBytes(6).toString("hex")}`;
  // Clean session, with user name and password.
  const head = Buffer.concat([text("MQTT"), Buffer.from([4, 0xc2, keepaliveS >> 8, keepaliveS & 255])]);
  return packet(0x10, Buffer.concat([head, text(id), text(user), text(token)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

/** MQTT's fixed header: a length of one or two bytes of seven bits each (section 2.2.3). */
function packet(type: number, body: Buffer): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

/** One masked binary frame. A mask of zeros is a mask (RFC 6455, section 5.3), and the bytes stay as they are. */
function frame(body: Buffer): Buffer {
  const length = body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([0x82, ...length, 0, 0, 0, 0]), body]);
}
