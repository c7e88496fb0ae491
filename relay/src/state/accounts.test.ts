import { describe, expect, it } from "vitest";
import { maxAccounts, maxGrantsPerAccount } from "./accounts.ts";
import { maxDevices } from "./devices.ts";
import { loadState } from "./state.ts";

const limit = expect.objectContaining({ code: "HC_GATEWAY_LIMIT" });

describe("accounts in the state", () => {
  it("are listed by name with their grants, and keep both when the password changes", () => {
    const { accounts } = loadState(":memory:", 0);
    accounts.put("bob", "h", 2);
    accounts.put("ann", "h", 1);
    accounts.grant("ann", "rover", "view");
    accounts.grant("ann", "*", "drive");
    accounts.grant("ann", "rover", "admin");
    accounts.put("ann", "h2", 3);
    const grants = [
      { device: "*", role: "drive" },
      { device: "rover", role: "admin" },
    ];
    expect(accounts.list()).toEqual([
      { name: "ann", createdMs: 1, grants },
      { name: "bob", createdMs: 2, grants: [] },
    ]);
    expect(accounts.grantsOf("ann")).toEqual(grants);
    expect(accounts.passwordHash("ann")).toBe("h2");
    expect([accounts.has("ann"), accounts.has("eve"), accounts.passwordHash("eve")]).toEqual([true, false, null]);
  });

  it.each([
    ["the device's own grant", "rover", "view"],
    ["else the one for every device", "picarx", "drive"],
  ])("have on a device %s", (_what, device, role) => {
    const { accounts } = loadState(":memory:", 0);
    accounts.put("ann", "h", 0);
    accounts.grant("ann", "*", "drive");
    accounts.grant("ann", "rover", "view");
    expect(accounts.roleOn("ann", device)).toBe(role);
    expect(accounts.roleOn("eve", device)).toBeNull();
  });

  it("lose a grant, and everything when they are removed", () => {
    const { accounts } = loadState(":memory:", 0);
    accounts.put("ann", "h", 0);
    accounts.grant("ann", "*", "drive");
    accounts.grant("ann", "rover", "admin");
    expect([accounts.revoke("ann", "rover"), accounts.revoke("ann", "rover"), accounts.revoke("eve", "rover")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(accounts.roleOn("ann", "rover")).toBe("drive");
    expect([accounts.remove("ann"), accounts.remove("ann")]).toEqual([true, false]);
    accounts.put("ann", "h", 0);
    expect(accounts.roleOn("ann", "rover")).toBeNull();
  });

  it("are bounded, grants too, and nobody unknown is granted anything", () => {
    const { accounts, devices } = loadState(":memory:", 0);
    for (let index = 0; index < maxAccounts; index++) {
      accounts.put(`a${index}`, "h", 0);
    }
    expect(() => accounts.put("more", "h", 0)).toThrow(limit);
    accounts.put("a1", "other", 0);
    for (let index = 0; index < maxGrantsPerAccount; index++) {
      accounts.grant("a1", `d${index}`, "view");
    }
    expect(() => accounts.grant("a1", "more", "view")).toThrow(limit);
    accounts.grant("a1", "d1", "drive");
    expect(() => accounts.grant("nobody", "d1", "view")).toThrow();
    expect(accounts.roleOn("nobody", "d1")).toBeNull();
    for (let index = 0; index < maxDevices; index++) {
      devices.put(`d${index}`, { secretHash: "s", generation: "g" }, 0);
    }
    expect(() => devices.put("more", { secretHash: "s", generation: "g" }, 0)).toThrow(limit);
    devices.put("d1", { secretHash: "s2", generation: "g2" }, 7);
    expect(devices.get("d1")).toEqual({ secretHash: "s2", generation: "g2", createdMs: 7 });
    expect([devices.remove("d1"), devices.remove("d1"), devices.ids().length]).toEqual([true, false, maxDevices - 1]);
  });
});
