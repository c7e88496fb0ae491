import { describe, expect, it } from "vitest";
import { fetchBlackBox } from "./fetch-black-box.ts";

const answer = (reply: () => Response) => async (): Promise<Response> => reply();

describe("fetchBlackBox", () => {
  it("keeps the name that the gateway gave", async () => {
    const headers = { "content-disposition": 'attachment; filename="black-box-picarx-2026-11-21T07-23-08Z.jsonl.gz"' };
    const file = await fetchBlackBox(
      answer(() => new Response("bytes", { headers })),
      "picarx",
    );
    expect(file).toMatchObject({ ok: true, name: "black-box-picarx-2026-11-21T07-23-08Z.jsonl.gz" });
    expect(file.ok && (await file.content.text())).toBe("bytes");
  });

  it("takes no path for a name", async () => {
    const headers = { "content-disposition": 'attachment; filename="../../x"' };
    const file = await fetchBlackBox(
      answer(() => new Response("bytes", { headers })),
      "picarx",
    );
    expect(file).toMatchObject({ ok: true, name: "black-box-picarx.jsonl.gz" });
  });

  it("tells a refusal, an answer that is not ours, and no answer", async () => {
    const refusal = { code: "HC_GATEWAY_BLACK_BOX", error: "The device sends none." };
    const refused = await fetchBlackBox(
      answer(() => Response.json({ ...refusal, requestId: "r", retryable: true }, { status: 504 })),
      "picarx",
    );
    expect(refused).toMatchObject({ ok: false, failure: { kind: "refused", status: 504, code: "HC_GATEWAY_BLACK_BOX" } });
    expect(
      await fetchBlackBox(
        answer(() => new Response("<html>", { status: 502 })),
        "picarx",
      ),
    ).toEqual({ ok: false, failure: { kind: "broken", status: 502 } });
    const away = async (): Promise<Response> => {
      throw new TypeError("Failed to fetch");
    };
    expect(await fetchBlackBox(away, "picarx")).toEqual({ ok: false, failure: { kind: "offline" } });
  });
});
