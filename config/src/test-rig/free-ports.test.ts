import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defaultPorts, shiftPorts } from "../contract/ports.ts";
import { findFreePort, findFreePorts, findFreePortsFor, findFreeShift, listenOnFreePort } from "./free-ports.ts";

const ends: Array<() => void> = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) {
    end();
  }
});

/** The places in the range of ports, 0 to 1, that the next searches draw. */
function drawPorts(...ports: readonly number[]): void {
  const draw = vi.spyOn(Math, "random");
  for (const port of ports) {
    draw.mockReturnValueOnce((port + 0.5 - 10_000) / 22_000);
  }
}

describe("free ports", () => {
  it("are all different, below those of outgoing connections, and can be listened on", async () => {
    const named = await findFreePortsFor(["one", "two"]);
    const ports = [...Object.values(named), ...Object.values(await findFreePorts()), await findFreePort()];
    expect(new Set(ports).size).toBe(2 + Object.keys(defaultPorts).length + 1);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    const server = createServer();
    ends.push(() => server.close());
    expect(await listenOnFreePort(server, named.one)).toBe(named.one);
  });

  it("are not those that TCP or UDP has taken", async () => {
    const [tcp, udp, free] = [await findFreePort(), await findFreePort(), await findFreePort()];
    vi.resetModules();
    const fresh = await import("./free-ports.ts");
    const server = createServer();
    ends.push(() => server.close());
    await listenOnFreePort(server, tcp);
    const socket = createSocket("udp4");
    ends.push(() => socket.close());
    await once(socket.bind(udp, "127.0.0.1"), "listening");
    drawPorts(tcp, udp, free);
    expect(await fresh.findFreePort()).toBe(free);
  });

  it("are not given out twice, and are given up after fifty tries", async () => {
    const taken = await findFreePort();
    drawPorts(...Array.from({ length: 50 }, () => taken));
    await expect(findFreePort()).rejects.toThrow("no free port in 50 tries");
  });

  it("of a whole copy follow from its shift", async () => {
    const { base, ports } = await findFreeShift();
    expect(ports).toEqual(shiftPorts(defaultPorts.gateway + base, base));
  });
});

describe("listenOnFreePort", () => {
  it("takes a free one for 0, and says when a port is taken", async () => {
    const [first, second] = [createServer(), createServer()];
    ends.push(() => first.close());
    const port = await listenOnFreePort(first);
    expect(port).toBeGreaterThan(0);
    await expect(listenOnFreePort(second, port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
