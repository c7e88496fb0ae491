import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";

/** What proves somebody to a TURN server. */
export type TurnProof = { readonly username: string; readonly credential: string };

/** Longest wait for an answer, in ms. */
const answerLimitMs = 2000;

/** Message types and attributes (RFC 8489, sections 5 and 14; RFC 8656, sections 17 and 18). */
const types = { allocate: 0x0003, allocated: 0x0103 } as const;
const attributes = { username: 0x0006, integrity: 0x0008, errorCode: 0x0009, realm: 0x0014, nonce: 0x0015, transport: 0x0019 } as const;
const magicCookie = 0x2112a442;
const headerBytes = 20;
const integrityBytes = 24;
/** REQUESTED-TRANSPORT: UDP (RFC 8656, section 18.7). */
const udpTransport = Buffer.from([17, 0, 0, 0]);

type Message = { readonly type: number; readonly attributes: ReadonlyMap<number, Buffer> };

/**
 * Asks a TURN server on loopback for an allocation over UDP, as browsers do: without a proof first, then with one for the realm and the nonce that
 * came back (RFC 8656, section 7). Gives `allocated`, or the code of the refusal. Without a proof it is 401, from any server that asks for one.
 * The allocation ends by itself after ten minutes, or with the server.
 */
export async function askForAllocation(port: number, proof: TurnProof | null): Promise<"allocated" | number> {
  const socket = createSocket("udp4");
  const exchange = (message: Buffer) =>
    new Promise<Message>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no answer from the TURN server within ${answerLimitMs} ms`)), answerLimitMs);
      const fail = (error: Error) => {
        clearTimeout(limit);
        reject(error);
      };
      socket.once("error", fail);
      socket.once("message", (answer) => {
        clearTimeout(limit);
        socket.off("error", fail);
        resolve(readMessage(answer));
      });
      socket.send(message, port, "127.0.0.1");
    });
  try {
    const bare = writeAttribute(attributes.transport, udpTransport);
    const first = await exchange(writeMessage(types.allocate, bare));
    if (proof === null) {
      return outcomeOf(first);
    }
    const realm = first.attributes.get(attributes.realm) ?? Buffer.alloc(0);
    const nonce = first.attributes.get(attributes.nonce) ?? Buffer.alloc(0);
    const body = Buffer.concat([
      bare,
      writeAttribute(attributes.username, Buffer.from(proof.username)),
      writeAttribute(attributes.realm, realm),
      writeAttribute(attributes.nonce, nonce),
    ]);
    // The key of long-term credentials (RFC 8489, section 9.2.2).
    const key = createHash("md5").update(`${proof.username}:${realm.toString()}:${proof.credential}`).digest();
    return outcomeOf(await exchange(writeMessage(types.allocate, body, key)));
  } finally {
    socket.close();
  }
}

function outcomeOf({ type, attributes: found }: Message): "allocated" | number {
  const error = found.get(attributes.errorCode);
  return type === types.allocated ? "allocated" : (error?.[2] ?? 0) * 100 + (error?.[3] ?? 0);
}

/** The integrity is over the message as it would be with it (RFC 8489, section 14.5). */
function writeMessage(type: number, body: Buffer, key?: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(body.length + (key === undefined ? 0 : integrityBytes), 2);
  header.writeUInt32BE(magicCookie, 4);
  randomBytes(12).copy(header, 8);
  const message = Buffer.concat([header, body]);
  return key === undefined
    ? message
    : Buffer.concat([message, writeAttribute(attributes.integrity, createHmac("sha1", key).update(message).digest())]);
}

function writeAttribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function readMessage(bytes: Buffer): Message {
  const found = new Map<number, Buffer>();
  for (let at = headerBytes; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { type: bytes.readUInt16BE(0), attributes: found };
}
