import { addShareReplySchema, shareListSchema } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashSecret } from "../auth/secrets.ts";
import { postJson, readRefusal } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createShareExpiry } from "./expiry.ts";
import { type ShareRig, startShareRig } from "./rig/share-rig.ts";

let rig: ShareRig;
beforeEach(async () => {
  rig = await startShareRig();
});
afterEach(() => rig.stop());

const inMs = (ms: number) => new Date(rig.nowMs() + ms).toISOString();
const add = (who: string, body: object) => postJson(`${rig.base}/api/shares`, body, rig.authOf(who));
const list = async (who: string) =>
  shareListSchema.parse(await (await fetch(`${rig.base}/api/shares`, { headers: rig.authOf(who) })).json());
const remove = (who: string, id: string) => fetch(`${rig.base}/api/shares/${id}`, { method: "DELETE", headers: rig.authOf(who) });
const make = async (who = "boss", camera = "picarx/front", ms = 3_600_000) =>
  addShareReplySchema.parse(await (await add(who, { camera, expiresAt: inMs(ms) })).json());
const audit = () =>
  rig.state.audit.read({ limit: 50 }).entries.map(({ kind, actor, subject, device }) => `${kind} ${actor} ${subject} ${device}`);

describe("/api/shares", () => {
  it("makes a link whose secret is told once and stored as a hash, and records it", async () => {
    const response = await add("boss", { camera: "picarx/front", label: "For Ann", expiresAt: inMs(60_000) });
    expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const { share, secret } = addShareReplySchema.parse(await response.json());
    expect(share).toMatchObject({ camera: "picarx/front", label: "For Ann", createdBy: "boss", watching: 3 });
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect(rig.state.shares.bySecretHash(hashSecret(secret), rig.nowMs())?.id).toBe(share.id);
    expect(JSON.stringify([rig.state.shares.list(), await list("boss"), audit()])).not.toContain(secret);
    expect(audit()).toEqual(["share-made boss picarx/front, For Ann picarx"]);
  });

  it("shows and gives those who manage a device its own links only, others none", async () => {
    const [picarx, rover] = [await make("boss"), await make("boss", "rover/left")];
    const ids = async (who: string) => (await list(who)).map(({ id }) => id);
    expect(await ids("boss")).toEqual([rover.share.id, picarx.share.id]);
    expect(await ids("keeper")).toEqual([picarx.share.id]);
    expect([await ids("driver"), await ids("stranger")]).toEqual([[], []]);
    expect(await readRefusal(await add("keeper", { camera: "rover/left", expiresAt: inMs(1000) }))).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    expect(await readRefusal(await add("driver", { camera: "picarx/front", expiresAt: inMs(1000) }))).toBe("403 HC_GATEWAY_FORBIDDEN");
    for (const [who, id] of [
      ["keeper", rover.share.id],
      ["driver", picarx.share.id],
      ["boss", "none"],
    ] as const) {
      expect(await readRefusal(await remove(who, id))).toBe("404 HC_GATEWAY_NOT_FOUND");
    }
    expect((await remove("keeper", picarx.share.id)).status).toBe(204);
    expect(await ids("boss")).toEqual([rover.share.id]);
  });

  it("lets neither visitors nor devices nor anybody unknown in", async () => {
    const { share } = await make();
    rig.visit(share.id, "visitor");
    for (const who of ["visitor", "device"]) {
      expect(await readRefusal(await fetch(`${rig.base}/api/shares`, { headers: rig.authOf(who) }))).toBe("403 HC_GATEWAY_FORBIDDEN");
      expect(await readRefusal(await add(who, { camera: "picarx/front", expiresAt: inMs(1000) }))).toBe("403 HC_GATEWAY_FORBIDDEN");
      expect(await readRefusal(await remove(who, share.id))).toBe("403 HC_GATEWAY_FORBIDDEN");
    }
    expect(await readRefusal(await fetch(`${rig.base}/api/shares`))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect(await readRefusal(await postJson(`${rig.base}/api/shares`, "x".repeat(9000)))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
  });

  it.each<[string, object, string]>([
    ["an end that is over", { expiresAt: "2020-01-01T00:00:00Z" }, "400 HC_GATEWAY_BAD_BODY"],
    ["an end in two years", { expiresAt: "+2y" }, "400 HC_GATEWAY_BAD_BODY"],
    ["no end", { expiresAt: undefined }, "400 HC_GATEWAY_BAD_BODY"],
    ["a camera that is not there", { camera: "picarx/none" }, "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["a device that is not there", { camera: "none/front" }, "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["the loudspeaker", { camera: "picarx/talk" }, "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["a label that moves the cursor", { label: "a\u001b[2J" }, "400 HC_GATEWAY_BAD_BODY"],
    ["a role", { role: "admin" }, "400 HC_GATEWAY_BAD_BODY"],
  ])("refuses %s", async (_what, change, refusal) => {
    const body = { camera: "picarx/front", expiresAt: inMs(60_000), ...change };
    body.expiresAt = body.expiresAt === "+2y" ? inMs(2 * 365 * 86_400_000) : body.expiresAt;
    expect(await readRefusal(await add("boss", body))).toBe(refusal);
    expect(rig.state.shares.list()).toEqual([]);
  });
});

describe("the end of a link", () => {
  it("denies first and cuts off then, when it is taken back", async () => {
    const { share } = await make();
    rig.visit(share.id, "visit-1");
    rig.look = () =>
      ` ${rig.state.shares.get(share.id)} ${rig.state.sessions.byId("visit-1", rig.nowMs())} ${rig.state.revocations.has("visit-1")}`;
    expect((await remove("boss", share.id)).status).toBe(204);
    expect(rig.told).toEqual([`${share.id} null null true`]);
    expect(audit()[0]).toBe("share-revoked boss picarx/front picarx");
    expect(await readRefusal(await remove("boss", share.id))).toBe("404 HC_GATEWAY_NOT_FOUND");
  });

  it("comes by itself within a second of its time, and leaves later links alone", async () => {
    const [short, long] = [await make("boss", "picarx/front", 1500), await make()];
    rig.visit(short.share.id, "visit-1");
    await waitUntil("the visitors are cut off", () => rig.told.length > 0);
    expect(rig.told).toEqual([short.share.id]);
    const lateMs = rig.nowMs() - Date.parse(short.share.expiresAt);
    expect([lateMs >= 0, lateMs < 1000]).toEqual([true, true]);
    expect((await list("boss")).map(({ id }) => id)).toEqual([long.share.id]);
    expect(rig.state.sessions.ofAccount(`share:${short.share.id}`, 0)).toEqual([]);
  });

  it("is seen to at the start, when it came while nothing ran", async () => {
    await rig.expiry.stop();
    const link = { id: "over", secretHash: "hash", device: "picarx", camera: "front", label: "", createdBy: "boss" };
    rig.state.shares.add({ ...link, createdMs: rig.nowMs() - 60_000, expiresMs: rig.nowMs() - 1 });
    expect([await list("boss"), rig.told]).toEqual([[], []]);
    expect(await readRefusal(await remove("boss", "over"))).toBe("404 HC_GATEWAY_NOT_FOUND");
    await rig.expiry.start();
    expect(rig.told).toEqual(["over"]);
  });
});

describe("createShareExpiry", () => {
  it("looks again after a failure, and notices a wall clock that was set forward", async () => {
    const clock = new FakeClock();
    const answers: Array<number | null> = [null, clock.wallMs() + 86_400_000, null];
    let looks = 0;
    const expiry = createShareExpiry(
      () => {
        looks += 1;
        if (looks === 1) {
          throw new Error("the disk is full");
        }
        return answers[looks - 1] ?? null;
      },
      clock,
      silentLog(),
    );
    await expiry.start();
    await clock.advance(500);
    expect(looks).toBe(2);
    await clock.advance(10_000);
    expect(looks).toBe(3);
    await clock.advance(86_400_000);
    expect(looks).toBe(3);
    await expiry.stop();
    expiry.reconsider();
    expect(looks).toBe(3);
  });
});
