import { createServer, type Socket } from "node:net";
import { listenOnFreePort } from "@helmcast/config/rig";

/** One picture's NAL unit types and the RTP packets it came in. */
export type Received = { readonly nalTypes: number[]; readonly annexB: Buffer[]; packets: number; largestPacketBytes: number };

/** An RTSP server in tests that takes what a publisher sends over TCP (RFC 2326) and unpacks its H.264 (RFC 6184). */
export type RtspStub = {
  readonly port: number;
  /** `METHOD uri` of each request, in order. */
  readonly requests: string[];
  readonly received: Received;
  /** `user:password` that is let in. */
  allowed: string;
  /** Publishers that reached RECORD. */
  recordings: number;
  /** Stops or goes on reading, as a dead uplink does. */
  freeze(on: boolean): void;
  cut(): void;
  close(): Promise<void>;
};

/** Starts a stub; `port` brings one back on the same address. */
export async function startRtspStub(allowed: string, port = 0): Promise<RtspStub> {
  const sockets = new Set<Socket>();
  const received: Received = { nalTypes: [], annexB: [], packets: 0, largestPacketBytes: 0 };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    serve(socket, stub);
  });
  const cut = () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  const stub: RtspStub = {
    port: await listenOnFreePort(server, port),
    requests: [],
    received,
    allowed,
    recordings: 0,
    freeze: (on) => {
      for (const socket of sockets) {
        on ? socket.pause() : socket.resume();
      }
    },
    cut,
    close: async () => {
      cut();
      await new Promise((done) => server.close(done));
    },
  };
  return stub;
}

function serve(socket: Socket, stub: RtspStub): void {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let used = takeOne(waiting, socket, stub); used > 0; used = takeOne(waiting, socket, stub)) {
      waiting = waiting.subarray(used);
    }
  });
}

function takeOne(bytes: Buffer, socket: Socket, stub: RtspStub): number {
  if (bytes[0] === 0x24) {
    const end = bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + bytes.readUInt16BE(2);
    if (bytes.length < end) {
      return 0;
    }
    if (bytes[1] === 0) {
      takeRtp(bytes.subarray(4, end), stub.received);
    }
    return end;
  }
  const headEnd = bytes.indexOf("\r\n\r\n");
  const head = headEnd < 0 ? "" : bytes.toString("latin1", 0, headEnd);
  const end = headEnd + 4 + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (headEnd < 0 || bytes.length < end) {
    return 0;
  }
  const [method = "", uri = ""] = head.split(" ");
  stub.requests.push(`${method} ${uri}`);
  const expected = `Basic ${Buffer.from(stub.allowed).toString("base64")}`;
  const refused = method !== "OPTIONS" && !head.includes(`Authorization: ${expected}`);
  stub.recordings += method === "RECORD" && !refused ? 1 : 0;
  const cseq = /cseq: *(\d+)/i.exec(head)?.[1] ?? "0";
  const extra = method === "SETUP" ? "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n" : "";
  socket.write(`RTSP/1.0 ${refused ? "401 Unauthorized" : "200 OK"}\r\nCSeq: ${cseq}\r\nSession: 12345678\r\n${extra}\r\n`);
  return end;
}

function takeRtp(packet: Buffer, received: Received): void {
  received.packets += 1;
  received.largestPacketBytes = Math.max(received.largestPacketBytes, packet.length);
  const payload = packet.subarray(12);
  const type = (payload[0] ?? 0) & 31;
  if (type === 24) {
    for (let at = 1; at + 2 <= payload.length; at += 2 + payload.readUInt16BE(at)) {
      addNal(payload.subarray(at + 2, at + 2 + payload.readUInt16BE(at)), received);
    }
  } else if (type === 28) {
    const fuHeader = payload[1] ?? 0;
    if ((fuHeader & 0x80) !== 0) {
      addNal(Buffer.concat([Buffer.from([((payload[0] ?? 0) & 0xe0) | (fuHeader & 31)]), payload.subarray(2)]), received);
    } else {
      received.annexB.push(payload.subarray(2));
    }
  } else {
    addNal(payload, received);
  }
}

function addNal(nal: Buffer, received: Received): void {
  received.nalTypes.push((nal[0] ?? 0) & 31);
  received.annexB.push(Buffer.from([0, 0, 0, 1]), nal);
}
