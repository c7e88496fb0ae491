import {
  type AuditEntry,
  auditKinds,
  type DeviceInfo,
  enrolmentLifetimeS,
  errorRegistry,
  maxShareLifetimeS,
  roleSchema,
} from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { languages } from "../i18n/language.ts";
import { sayAgo, sayTime } from "../i18n/times.ts";
import { auditFacts } from "./audit-facts.ts";
import { auditPath } from "./audit-path.ts";
import { sayRefusal } from "./desk.ts";
import { hasEnrolled, isLocalOnly, leftMs, type OpenEnrolment, sayCountdown } from "./enrol-rules.ts";
import { Remote } from "./remote.ts";
import { sayBrowser } from "./say-browser.ts";
import { sayBytes } from "./say-bytes.ts";
import { shareEndMs, toFieldTime } from "./share-rules.ts";
import { adminTables } from "./words.ts";

const enrolment: OpenEnrolment = { device: "rover", code: "ABCD-EFGH", madeAt: { monotonicMs: 1000, wallMs: 5e11 }, before: null };
const device = (id: string, enrolledAt: string): DeviceInfo => ({ id, enrolledAt, online: false, cameras: 0 });

describe("an enrolment code", () => {
  it("counts down from ten minutes and stops at nothing", () => {
    const after = (monotonicMs: number, wallMs = monotonicMs) =>
      sayCountdown(leftMs(enrolment, { monotonicMs: 1000 + monotonicMs, wallMs: 5e11 + wallMs }));
    expect([after(0), after(19_000), after(enrolmentLifetimeS * 1000 + 5)]).toEqual(["10:00", "9:41", "0:00"]);
    // A phone slept for five minutes; a clock was set back by an hour.
    expect([after(60_000, 360_000), after(60_000, -3_540_000), after(0, -1)]).toEqual(["4:00", "9:00", "10:00"]);
  });

  it.each([
    ["no such device yet", null, [device("picarx", "a")], false],
    ["a new device", null, [device("rover", "a")], true],
    ["the device as it was", "a", [device("rover", "a")], false],
    ["the device, enrolled anew", "a", [device("rover", "b")], true],
  ] as const)("%s", (_name, before, devices, used) => {
    expect(hasEnrolled({ ...enrolment, before }, devices)).toBe(used);
  });

  it.each([
    ["localhost", true],
    ["127.0.0.1", true],
    ["[::1]", true],
    ["192.168.1.5", false],
    ["relay.example", false],
  ])("made at %s: for this computer alone is %s", (hostname, local) => {
    expect(isLocalOnly(hostname)).toBe(local);
  });
});

describe("the end of a share link", () => {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  it("is so far ahead as was chosen", () => {
    expect([shareEndMs("hour", "", nowMs), shareEndMs("week", "ignored", nowMs)]).toEqual([nowMs + 3_600_000, nowMs + 604_800_000]);
  });

  it("is the typed date, which lies ahead and within the contract's limit", () => {
    const field = toFieldTime(nowMs + 86_400_000);
    expect(shareEndMs("date", field, nowMs)).toBe(nowMs + 86_400_000);
    expect(shareEndMs("date", toFieldTime(nowMs - 60_000), nowMs)).toBeNull();
    expect(shareEndMs("date", toFieldTime(nowMs + maxShareLifetimeS * 1000 + 120_000), nowMs)).toBeNull();
    expect(shareEndMs("date", "", nowMs)).toBeNull();
  });
});

describe("the address of the audit log", () => {
  it.each([
    [{ kind: "", actor: "", device: "" }, null, "/api/audit"],
    [{ kind: "kicked", actor: "", device: "" }, null, "/api/audit?kind=kicked"],
    [{ kind: "", actor: "a&b=c", device: "picarx" }, 17, "/api/audit?actor=a%26b%3Dc&device=picarx&before=17"],
  ] as const)("%j before %s", (filter, before, expected) => {
    expect(auditPath(filter, before)).toBe(expected);
  });
});

describe("an entry of the audit log", () => {
  const entry: AuditEntry = {
    id: 1,
    at: "2026-11-21T12:00:00Z",
    kind: "signed-in",
    actor: "ada",
    subject: "",
    device: null,
    address: "::1",
  };
  it.each([
    ["somebody by themselves", {}, ["ada", null, "::1"]],
    ["somebody to somebody", { kind: "account-added", subject: "mika" }, ["ada → mika", null, "::1"]],
    ["a role on one device", { kind: "grant-set", subject: "mika: drive", device: "picarx" }, ["ada → mika: Drive", "picarx", "::1"]],
    ["a role everywhere", { kind: "grant-set", subject: "view: view", device: "*" }, ["ada → view: View", "Every device", "::1"]],
    ["a device as the subject", { kind: "enrolment-made", subject: "rover", device: "rover" }, ["ada → rover", null, "::1"]],
    ["a device itself", { kind: "device-enrolled", actor: "rover", subject: "rover", device: "rover" }, ["rover", null, "::1"]],
  ] as const)("names %s", (_name, change, expected) => {
    expect(auditFacts(adminTables.en, { ...entry, ...change })).toEqual(expected);
  });
});

describe("words for browsers", () => {
  const chrome = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
  it.each([
    [chrome, "Chrome, Android"],
    [`${chrome} EdgA/142.0`, "Edge, Android"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1", "Safari, iPhone"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Linux"],
    ["curl/8.5.0", "curl"],
    [`<script>${"x".repeat(100)}`, `<script>${"x".repeat(32)}`],
    ["", null],
  ])("%s", (userAgent, expected) => {
    expect(sayBrowser(userAgent)).toBe(expected);
  });
});

describe("amounts and times", () => {
  it("are in the unit that fits, in each language", () => {
    expect([0, 999, 1000, 48_123_456, 9e15].map((bytes) => sayBytes("en", bytes))).toEqual([
      "0 bytes",
      "999 bytes",
      "1 kB",
      "48.1 MB",
      "9,000 TB",
    ]);
    expect([0, 59_000, 60_000, 7_200_000, 90_000_000].map((agoMs) => sayAgo("en", 1e12 - agoMs, 1e12))).toEqual([
      "now",
      "59 sec. ago",
      "1 min. ago",
      "2 hr. ago",
      "yesterday",
    ]);
    expect(sayAgo("ja", 1e12, 1e12 - 5000)).toBe("今");
    expect(sayTime("en", 1e12 + 3_600_000, 1e12)).not.toContain("2001");
    expect(sayTime("zh", 1e12 + 86_400_000, 1e12)).toContain("2001");
  });
});

describe.each(languages.map(({ id }) => id))("the admin texts in %s", (id) => {
  const table = adminTables[id];

  /** Every text with the keys that lead to it; functions are given marks, which must come out again. */
  function texts(entry: object, path = ""): Array<{ path: string; text: string }> {
    return Object.entries(entry).flatMap(([key, value]: [string, unknown]) => {
      const here = `${path}.${key}`;
      if (typeof value === "function") {
        const marks = Array.from({ length: value.length }, (_, index) => 7001 + index);
        const text = String(Reflect.apply(value, undefined, marks));
        expect([here, ...marks.filter((mark) => !text.includes(String(mark)))]).toEqual([here]);
        return [{ path: here, text }];
      }
      return typeof value === "object" && value !== null ? texts(value, here) : [{ path: here, text: String(value) }];
    });
  }

  it("say something, with all they are given, and are translated", () => {
    const english = new Map(texts(adminTables.en).map(({ path, text }) => [path, text]));
    const own = texts(table);
    expect(own.map(({ path }) => path).sort()).toEqual([...english.keys()].sort());
    expect(own.filter(({ text }) => text === "" || text.trim() !== text)).toEqual([]);
    expect(id === "en" ? [] : own.filter(({ path, text }) => english.get(path) === text)).toEqual([]);
  });

  it("name every kind of entry and every role, and registered codes only", () => {
    expect(Object.keys(table.auditKinds).sort()).toEqual([...auditKinds].sort());
    expect(Object.keys(table.roles)).toEqual(roleSchema.options);
    expect(Object.keys(table.refusals).filter((code) => !(code in errorRegistry))).toEqual([]);
  });

  it("speak of a refusal in this language, else in the gateway's own words", () => {
    const refused = (code: string) => ({ kind: "refused", status: 409, code, sentence: "S" }) as const;
    expect(sayRefusal(table, refused("HC_GATEWAY_LAST_ADMIN"))).toBe(table.refusals.HC_GATEWAY_LAST_ADMIN);
    expect(sayRefusal(table, refused("HC_ELSE"))).toBe("S");
  });
});

describe("an English sentence", () => {
  it("names every device with no capital in its middle, and a device as it is called", () => {
    expect(adminTables.en.removeGrantQuestion("ada", adminTables.en.everyDevice)).toContain(" on every device? ");
    expect(adminTables.en.grantSet("ada", "View", "erika")).toBe("ada: View on erika.");
  });
});

describe("a list of the gateway", () => {
  it("keeps a newer answer when an older one comes late, and the last one over a failure", async () => {
    const answers: Array<(value: number | null) => void> = [];
    const remote = new Remote<number>(
      () =>
        new Promise((resolve) => {
          answers.push((value) => resolve(value === null ? { ok: false, failure: { kind: "offline" } } : { ok: true, value }));
        }),
    );
    const [older, newer] = [remote.refresh(), remote.refresh()];
    answers[1]?.(2);
    await newer;
    answers[0]?.(1);
    await older;
    expect(remote.state.value).toEqual({ value: 2, failure: null });
    const failing = remote.refresh();
    answers[2]?.(null);
    await failing;
    expect(remote.state.value).toEqual({ value: 2, failure: { kind: "offline" } });
  });
});
