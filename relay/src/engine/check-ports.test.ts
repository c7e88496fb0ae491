import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { shiftPorts } from "@helmcast/config";
import { type Clock, systemClock } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { checkPorts, enginePorts, type NeededPort } from "./check-ports.ts";
import { Cleanup, freePort } from "./rig/test-stack.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());
const quickClock: Clock = { ...systemClock, after: (delayMs, run) => systemClock.after(delayMs / 20, run) };

async function takeTcp(host: string | undefined): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve));
  cleanup.defer(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function takeUdp(type: "udp4" | "udp6"): Promise<number> {
  const socket = createSocket(type);
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  cleanup.defer(() => socket.close());
  return socket.address().port;
}

const tcp = (port: number, host: string | null): NeededPort => ({ port, host, protocol: "tcp", purpose: "tests" });
const udp = (port: number): NeededPort => ({ port, host: null, protocol: "udp", purpose: "media" });

describe("the ports that the engine needs", () => {
  it("are every listener of its settings file, each once", () => {
    const ports = enginePorts(shiftPorts(8080, 0), "0.0.0.0", "mediamtx");
    expect(ports.map(({ port, protocol, host }) => `${host ?? "*"}:${port}/${protocol}`)).toEqual([
      "*:8554/tcp",
      "127.0.0.1:8888/tcp",
      "127.0.0.1:8889/tcp",
      "127.0.0.1:9997/tcp",
      "127.0.0.1:9998/tcp",
      "*:8189/udp",
      "*:8189/tcp",
    ]);
    expect(enginePorts(shiftPorts(8080, 0), "0.0.0.0", "embedded")).toHaveLength(6);
    expect(enginePorts(shiftPorts(8080, 0), "127.0.0.1", "embedded")[0]).toMatchObject({ port: 8554, host: "127.0.0.1" });
  });

  it("are free, and stay so after the check", async () => {
    const needed = [tcp(await freePort(), null), tcp(await freePort(), "127.0.0.1"), udp(await freePort())];
    await checkPorts(needed, quickClock);
    await checkPorts(needed, quickClock);
  });

  it.each([
    ["TCP on loopback, needed everywhere", () => takeTcp("127.0.0.1"), (port: number) => tcp(port, null)],
    ["TCP everywhere, needed on loopback", () => takeTcp(undefined), (port: number) => tcp(port, "127.0.0.1")],
    ["UDP of IPv4", () => takeUdp("udp4"), udp],
  ])("are found taken: %s", async (_what, take, need) => {
    const port = await take();
    await expect(checkPorts([need(port), tcp(await freePort(), null)], quickClock)).rejects.toMatchObject({
      code: "HC_PORT_TAKEN",
      message: expect.stringMatching(new RegExp(`Port ${port}/(tcp|udp) for \\w+ is taken\\. HELMCAST_PORT_BASE moves it\\.`)),
    });
  });

  it("are waited for while another program lets them go", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    systemClock.after(50, () => server.close());
    await checkPorts([tcp(port, "127.0.0.1")], systemClock);
    expect(server.listening).toBe(false);
  });
});
