import { afterEach, expect, it } from "vitest";
import { basic } from "./rig/api.ts";
import { credentials } from "./rig/callback.ts";
import { describeEngines } from "./rig/engine.ts";
import { publish, startPublisher, startReader } from "./rig/ffmpeg.ts";
import { openRtsp, publisherSdp, type RtspConnection } from "./rig/rtsp-client.ts";
import { waitFor, within } from "./rig/wait.ts";

const sdpType = { "Content-Type": "application/sdp" };

describeEngines("RTSP publish", (engine) => {
  const open: RtspConnection[] = [];
  const connect = async (): Promise<RtspConnection> => {
    const connection = await openRtsp(engine().ports.rtsp);
    open.push(connection);
    return connection;
  };
  const url = (path: string): string => `rtsp://127.0.0.1:${engine().ports.rtsp}/${path}`;

  afterEach(() => {
    for (const connection of open.splice(0)) {
      connection.stop();
    }
  });

  it("answers OPTIONS without credentials", async () => {
    const reply = await (await connect()).request("OPTIONS", url("dev/any"));
    expect(reply.status).toBe(200);
    expect(reply.headers.get("public")).toMatch(/DESCRIBE.*ANNOUNCE/);
  });

  it("asks for credentials at ANNOUNCE and lets the same connection try again", async () => {
    const connection = await connect();
    const first = await connection.request("ANNOUNCE", url("dev/challenge"), sdpType, publisherSdp);
    expect(first.status).toBe(401);
    expect(first.headers.get("www-authenticate")).toMatch(/^Basic realm="ipcam"/);
    const second = await connection.request(
      "ANNOUNCE",
      url("dev/challenge"),
      { ...sdpType, Authorization: basic(credentials.publisher) },
      publisherSdp,
    );
    expect(second.status).toBe(200);
  });

  it("refuses wrong credentials with 401 and without a new challenge", async () => {
    const wrong = basic({ user: "cam", password: "wrong" });
    const reply = await (await connect()).request("ANNOUNCE", url("dev/wrong"), { ...sdpType, Authorization: wrong }, publisherSdp);
    expect(reply.status).toBe(401);
    expect(reply.headers.has("www-authenticate")).toBe(false);
  });

  it("refuses a path that is not configured with 400", async () => {
    const headers = { ...sdpType, Authorization: basic(credentials.publisher) };
    const reply = await (await connect()).request("ANNOUNCE", url("elsewhere/cam"), headers, publisherSdp);
    expect(reply.status).toBe(400);
  });

  it("refuses UDP at SETUP with 461", async () => {
    const connection = await connect();
    const headers = { ...sdpType, Authorization: basic(credentials.publisher) };
    expect((await connection.request("ANNOUNCE", url("dev/udp"), headers, publisherSdp)).status).toBe(200);
    const transport = { Transport: "RTP/AVP;unicast;client_port=40000-40001;mode=record" };
    expect((await connection.request("SETUP", `${url("dev/udp")}/streamid=0`, transport)).status).toBe(461);
  });

  it("takes ffmpeg's H.264 and Opus and shows them in the API", async () => {
    await publish(engine(), "dev/cam", { audio: true });
    const path = await engine().api.path("dev/cam");
    expect(path).toMatchObject({ name: "dev/cam", confName: "~^dev/[a-z0-9-]+$", online: true, source: { type: "rtspSession" } });
    expect(path?.tracks2.map((track) => track.codec)).toEqual(["H264", "Opus"]);
    expect(path?.tracks2[0]?.codecProps).toMatchObject({ width: 640, height: 360 });
    const [session] = await engine().api.sessions("rtspsessions");
    expect(session).toMatchObject({ id: path?.source?.id, state: "publish", path: "dev/cam", user: "cam" });
  });

  it("goes offline when the publisher leaves, and takes a regex path off the list", async () => {
    const publisher = await publish(engine(), "dev/leaver");
    await publisher.stop();
    await waitFor("the path to be gone", async () => (await engine().api.path("dev/leaver")) === null);
  });

  it("lets a second publisher take over: the first is disconnected, the path stays online", async () => {
    const first = await publish(engine(), "dev/taken");
    const before = await engine().api.path("dev/taken");
    const reader = startReader(engine(), "dev/taken");
    await waitFor("the reader", async () => (await engine().api.path("dev/taken"))?.readers.length === 1);
    const second = startPublisher(engine(), "dev/taken");
    await within("the first publisher's end", first.exited, 8000);
    const after = await waitFor("the new source", async () => {
      const path = await engine().api.path("dev/taken");
      return path?.online === true && path.source?.id !== before?.source?.id ? path : null;
    });
    expect(after.source?.type).toBe("rtspSession");
    expect(second.running()).toBe(true);
    await within("the reader's end", reader.exited, 8000);
  });

  it("refuses a second publisher where the path says so", async () => {
    const { api } = engine();
    expect((await api.call("POST", "/v3/config/paths/add/fixed/cam", { overridePublisher: false })).status).toBe(200);
    await publish(engine(), "fixed/cam");
    const newcomer = startPublisher(engine(), "fixed/cam");
    expect(await within("the newcomer's end", newcomer.exited, 8000)).not.toBe(0);
    expect((await api.path("fixed/cam"))?.online).toBe(true);
  });

  it("stays up through bytes that are not RTSP", async () => {
    for (const text of ["GET", "\r\n\r\n", "ANNOUNCE rtsp://x", "\u0000".repeat(2000)]) {
      const connection = await connect();
      await connection.request(text, url("dev/x")).catch(() => null);
    }
    expect((await engine().api.call("GET", "/v3/info")).status).toBe(200);
  });
});
