import { fileURLToPath } from "node:url";
import { routes } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomeOf, type Question, send } from "./rig/send.ts";
import { freshAddress, type Proof, startWorld, type World } from "./rig/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ env: { NODE_OPTIONS: `--import=${fileURLToPath(new URL("./rig/shift-clock.mjs", import.meta.url))}` } });
});
afterAll(() => world?.stop());

const say = (question: Question) => send(world.stack.url, { ...question, headers: { ...freshAddress(), ...question.headers } });
const renew = (cookie: string) => say({ target: routes.session, headers: { cookie } });

/** Eleven minutes go by for the gateway. */
async function passElevenMinutes(): Promise<void> {
  world.stack.child.kill("SIGUSR2");
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/** A fresh cookie in exchange for one that is due. */
async function rotate(cookie: string): Promise<string> {
  return (await renew(cookie)).headers["set-cookie"]?.[0]?.split(";")[0] ?? "none";
}

describe("after eleven minutes", () => {
  it("a token has expired, its cookie gives another, and a code for a device counts no more", async () => {
    const person = await world.signIn(await world.addAccount([]));
    const { code } = await world.owner<{ code: string }>({ method: "POST", target: routes.devices, body: { device: "late" } });
    await passElevenMinutes();
    expect(outcomeOf(await say({ target: routes.signIns, headers: { authorization: `Bearer ${person.token}` } }))).toBe(
      "401 TOKEN_EXPIRED",
    );
    expect(outcomeOf(await renew(person.cookie ?? ""))).toBe("ok");
    expect(outcomeOf(await say({ method: "POST", target: routes.enrol, body: { code } }))).toBe("401 CODE_WRONG");
  });

  it("a stolen cookie that its owner has replaced ends the sign-in of both", async () => {
    const name = await world.addAccount([]);
    const person: Proof = await world.signIn(name, undefined);
    const stolen = person.cookie ?? "";
    await passElevenMinutes();
    const second = await rotate(stolen);
    expect(second).not.toBe(stolen);
    // The owner shows that the new value came home; a tab that was under way may still come with the old one.
    expect(outcomeOf(await renew(second))).toBe("ok");
    expect(outcomeOf(await renew(stolen))).toBe("ok");
    await passElevenMinutes();
    expect(outcomeOf(await renew(stolen))).toBe("401 NOT_SIGNED_IN");
    expect(outcomeOf(await renew(second))).toBe("401 NOT_SIGNED_IN");
    const owner = await world.signIn("admin", world.stack.password);
    const audit = await say({ target: `${routes.audit}?kind=cookie-reused`, headers: { authorization: `Bearer ${owner.token}` } });
    expect(audit.body.toString()).toContain(`"subject":"${name}"`);
  });

  it("a thief who renews first is found out by the owner", async () => {
    const person = await world.signIn(await world.addAccount([]));
    const stolen = person.cookie ?? "";
    await passElevenMinutes();
    const thief = await rotate(stolen);
    expect(outcomeOf(await renew(thief))).toBe("ok");
    await passElevenMinutes();
    expect(outcomeOf(await renew(stolen))).toBe("401 NOT_SIGNED_IN");
    expect(outcomeOf(await renew(thief))).toBe("401 NOT_SIGNED_IN");
  });
});
