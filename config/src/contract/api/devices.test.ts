import { describe, expect, it } from "vitest";
import { enrolmentAlphabet, enrolmentCodeSchema, readEnrolmentLink, writeEnrolmentLink } from "./devices.ts";
import { addShareRequestSchema } from "./shares.ts";

describe("enrolment codes", () => {
  it.each(["ABCD-EFGH", "abcd efgh", " ab-cd-ef-gh ", "AbCdEfGh"])("are read from %j", (typed) => {
    expect(enrolmentCodeSchema.parse(typed)).toBe("ABCD-EFGH");
  });

  it.each(["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFG0", "ABCD-EFGI", "ABCD_EFGH", "А BCD-EFGH", `${" ".repeat(30)}ABCDEFGH`])(
    "are not read from %j",
    (typed) => {
      expect(enrolmentCodeSchema.safeParse(typed).success).toBe(false);
    },
  );

  it("have characters that are hard to mistake, and enough of them", () => {
    expect(enrolmentAlphabet).not.toMatch(/[01OIL]/);
    expect(Math.log2(new Set(enrolmentAlphabet).size ** 8)).toBeGreaterThan(39);
  });
});

describe("enrolment links", () => {
  it.each(["https://relay.example", "http://192.168.1.5:8080", "http://[fd00::1]:8080"])("carry %s and the code", (relayUrl) => {
    expect(readEnrolmentLink(writeEnrolmentLink(relayUrl, "ABCD-EFGH"))).toEqual({ relayUrl, code: "ABCD-EFGH" });
  });

  it.each([
    "https://relay.example",
    "helmcast:enrol?relay=https%3A%2F%2Frelay.example",
    "helmcast:enrol?code=ABCD-EFGH",
    "helmcast:enrol?relay=ftp%3A%2F%2Frelay&code=ABCD-EFGH",
    "helmcast:enrol?relay=https%3A%2F%2Fme%3Apw%40relay&code=ABCD-EFGH",
    "helmcast:enrol?relay=https%3A%2F%2F&code=ABCD-EFGH",
    `helmcast:enrol?relay=https%3A%2F%2F${"r".repeat(700)}&code=ABCD-EFGH`,
  ])("are nothing else: %s", (text) => {
    expect(readEnrolmentLink(text)).toBeNull();
  });
});

describe("requests for share links", () => {
  const request = { camera: "picarx/front", expiresAt: "2026-11-21T08:00:00Z" };

  it("have an empty label unless one is given", () => {
    expect(addShareRequestSchema.parse(request)).toEqual({ ...request, label: "" });
    expect(addShareRequestSchema.parse({ ...request, label: "Für Ännchen 🚗" }).label).toBe("Für Ännchen 🚗");
  });

  it.each([
    { label: "a\nb" },
    { label: "\u001b[2J" },
    { label: "x".repeat(65) },
    { camera: "front" },
    { camera: "../a" },
    { expiresAt: "tomorrow" },
    { role: "admin" },
  ])("are refused with %j", (change) => {
    expect(addShareRequestSchema.safeParse({ ...request, ...change }).success).toBe(false);
  });
});
