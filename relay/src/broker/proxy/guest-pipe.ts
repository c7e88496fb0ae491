import type { Duplex } from "node:stream";
import type { Clock, Log } from "@helmcast/runtime";
import { generate, type IConnectPacket, type IPublishPacket, type ISubscribePacket, type Packet, parser } from "mqtt-packet";
import { isBetterLost } from "../backlog.ts";
import { type Guard, type Guest, serverUnavailable } from "../guard.ts";
import { connectTimeoutMs, drainTimeoutMs } from "../limits.ts";
import { createPacketWatch } from "../packet-limit.ts";
import { offerMessage } from "../topic-guard.ts";
import type { Origin } from "../types.ts";
import type { Backend, Upstream } from "./backend.ts";
import { createSubacks } from "./subacks.ts";

/** Packets that may come before the way to the broker is open. */
const maxHeldPackets = 64;
/** CONNACK code "unacceptable protocol version" (MQTT 3.1.1, section 3.2.2.3). MQTT 5 is refused, as the embedded broker does: its topic aliases would get round the guard. */
const wrongVersion = 1;

/** What a pipe needs. */
export type PipeParts = {
  readonly guard: Guard;
  readonly backend: Pick<Backend, "open">;
  readonly clock: Clock;
  readonly log: Log;
};

/** One connection on its way to an outside broker. `end` cuts it at once. */
export type GuestPipe = { readonly end: () => void };

/**
 * Reads MQTT from somebody outside, asks the guard about every packet, and passes on what it lets through, both ways. The broker sees
 * credentials of its own, never the visitor's token.
 */
export function pipeGuest(client: Duplex, from: Origin, parts: PipeParts): GuestPipe {
  const pipe = new Pipe(client, from, parts);
  return { end: pipe.end };
}

class Pipe {
  readonly #client: Duplex;
  readonly #from: Origin;
  readonly #parts: PipeParts;
  readonly #subacks = createSubacks();
  readonly #held: Packet[] = [];
  #guest: Guest | null = null;
  #upstream: Upstream | null = null;
  #ended = false;
  #cancelStall: (() => void) | null = null;

  constructor(client: Duplex, from: Origin, parts: PipeParts) {
    this.#client = client;
    this.#from = from;
    this.#parts = parts;
    const watch = createPacketWatch(parts.clock);
    const read = parser({ protocolVersion: 4 });
    const cancelTimeout = parts.clock.after(connectTimeoutMs, () => (this.#guest === null ? this.end() : undefined), true);
    read.on("packet", (packet) => this.#fromClient(packet));
    read.on("error", this.end);
    client.on("error", this.end);
    client.on("data", (chunk: Buffer) => (watch.accept(chunk) ? void read.parse(chunk) : this.end()));
    // A WebSocket that its other end closed only ends, and stays half open.
    client.on("end", this.end);
    client.on("drain", () => this.#clearStall());
    client.once("close", () => {
      cancelTimeout();
      this.end();
    });
  }

  readonly end = () => {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#clearStall();
    this.#client.destroy();
    this.#guest?.leave();
    if (this.#upstream !== null) {
      closeUpstream(this.#upstream);
    }
  };

  #fromClient(packet: Packet): void {
    if (this.#ended) {
      return;
    }
    if (packet.cmd === "connect" && this.#guest === null) {
      this.#connect(packet);
    } else if (this.#guest === null || packet.cmd === "connect" || this.#held.length >= maxHeldPackets) {
      this.end();
    } else if (this.#upstream === null) {
      this.#held.push(packet);
    } else {
      this.#pass(packet, this.#guest, this.#upstream);
    }
  }

  #connect(packet: IConnectPacket): void {
    const { username, password = Buffer.alloc(0), clientId, will } = packet;
    if (packet.protocolVersion === 5) {
      this.#refuse(wrongVersion);
      return;
    }
    const shown = will === undefined ? null : offerMessage(will);
    const admission = this.#parts.guard.admit({ username, password, clientId, will: shown, origin: this.#from, end: this.end });
    if (!admission.ok) {
      this.#refuse(admission.returnCode);
      return;
    }
    const { guest } = admission;
    this.#guest = guest;
    this.#client.pause();
    this.#parts.backend.open(guest).then(
      (upstream) => this.#begin(packet, guest, upstream),
      (error: unknown) => {
        this.#parts.log.debug({ err: error }, "the broker let nobody in");
        this.#refuse(serverUnavailable);
      },
    );
  }

  #begin(packet: IConnectPacket, guest: Guest, upstream: Upstream): void {
    if (this.#ended) {
      closeUpstream(upstream);
      return;
    }
    const { stream, username, password } = upstream;
    const read = parser({ protocolVersion: 4 });
    this.#upstream = upstream;
    read.on("packet", (answer) => this.#fromBroker(answer, guest, stream));
    read.on("error", this.end);
    stream.on("data", (chunk: Buffer) => void read.parse(chunk));
    stream.on("error", this.end);
    stream.once("close", this.end);
    stream.on("drain", () => this.#client.resume());
    // Field by field: what else the parser found, as the bit by which one broker's bridge shows itself to another, is not passed on. Sessions that
    // outlive their connection would pile up messages for people who are gone.
    const { protocolId = "MQTT", protocolVersion = 4, keepalive = 0, will } = packet;
    const asked = { protocolId, protocolVersion, keepalive, ...(will === undefined ? {} : { will }) };
    stream.write(generate({ cmd: "connect", ...asked, clean: true, clientId: guest.clientId, username, password }));
    for (const held of this.#held.splice(0)) {
      this.#pass(held, guest, upstream);
    }
    this.#client.resume();
  }

  #pass(packet: Packet, guest: Guest, upstream: Upstream): void {
    if (packet.cmd === "publish") {
      this.#publish(packet, guest, upstream);
    } else if (packet.cmd === "subscribe") {
      this.#subscribe(packet, guest, upstream);
    } else if (packet.cmd === "disconnect") {
      // The rest is the broker's: it closes, and that ends both.
      upstream.stream.end(generate(packet));
    } else if (packet.cmd === "puback" || packet.cmd === "pingreq" || packet.cmd === "unsubscribe") {
      this.#send(packet);
    } else {
      this.end();
    }
  }

  #publish(packet: IPublishPacket, guest: Guest, upstream: Upstream): void {
    const verdict = guest.judgePublish(offerMessage(packet));
    if (verdict === "cut" || (verdict === "take" && !upstream.covers(packet.topic))) {
      this.end();
    } else if (verdict === "take") {
      this.#send(packet);
    } else if (packet.qos === 1) {
      this.#answer({ cmd: "puback", ...(packet.messageId === undefined ? {} : { messageId: packet.messageId }) });
    }
  }

  #subscribe(packet: ISubscribePacket, guest: Guest, upstream: Upstream): void {
    const allowed = packet.subscriptions.map(({ topic }) => guest.judgeSubscribe(topic));
    const rest = packet.subscriptions.filter((_subscription, index) => allowed[index]);
    if (rest.some(({ topic }) => !upstream.covers(topic))) {
      this.end();
      return;
    }
    const { messageId = 0 } = packet;
    if (rest.length === 0) {
      this.#answer({ cmd: "suback", messageId, granted: allowed.map(() => 128) });
    } else if (this.#subacks.expect(messageId, allowed)) {
      this.#send({ ...packet, subscriptions: rest.map(({ topic, qos }) => ({ topic, qos: qos === 0 ? 0 : 1 })) });
    } else {
      this.end();
    }
  }

  #fromBroker(packet: Packet, guest: Guest, stream: Duplex): void {
    if (packet.cmd === "suback") {
      this.#answer({ ...packet, granted: this.#subacks.merge(packet.messageId ?? 0, packet.granted) });
    } else if (packet.cmd !== "publish") {
      this.#answer(packet);
    } else if (!guest.mayReceive(packet.topic)) {
      if (packet.qos === 1 && packet.messageId !== undefined) {
        // The broker would wait for this, and after twenty of them send nothing more.
        stream.write(generate({ cmd: "puback", messageId: packet.messageId }));
      }
    } else {
      const { writableLength: backlogBytes, writableNeedDrain: full } = this.#client;
      if (!isBetterLost({ ...packet, backlogBytes, full })) {
        this.#answer(packet);
      }
    }
  }

  #send(packet: Packet): void {
    if (this.#upstream?.stream.write(generate(packet)) === false) {
      this.#client.pause();
    }
  }

  /** The broker's side is never paused: what a reader does not take is lost here, and does not pile up there. */
  #answer(packet: Packet): void {
    if (!this.#ended && !this.#client.write(generate(packet)) && this.#cancelStall === null) {
      this.#cancelStall = this.#parts.clock.after(drainTimeoutMs, this.end, true);
    }
  }

  /** Says why, and waits a little until that is read: who is refused must not hold a place by keeping its half open. */
  #refuse(returnCode: number): void {
    if (!this.#ended) {
      this.#guest?.leave();
      this.#client.resume();
      this.#client.end(generate({ cmd: "connack", returnCode, sessionPresent: false }));
      this.#cancelStall ??= this.#parts.clock.after(drainTimeoutMs, this.end, true);
    }
  }

  #clearStall(): void {
    this.#cancelStall?.();
    this.#cancelStall = null;
  }
}

/** Without DISCONNECT, so that the broker sends the last will; one that is on its way goes first. */
function closeUpstream({ stream, release }: Upstream): void {
  if (stream.writableEnded && !stream.writableFinished) {
    stream.once("finish", () => stream.destroy());
  } else {
    stream.destroy();
  }
  release();
}
