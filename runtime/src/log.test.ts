import { AppError } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { createLog, type LogOptions, silentLog } from "./log.ts";

function capture(options: Partial<LogOptions> = {}): { log: ReturnType<typeof createLog>; text: () => string } {
  let text = "";
  const destination = { write: (line: string) => (text += line) };
  return { log: createLog({ name: "relay", destination, ...options }), text: () => text };
}

const secret = "hunter2hunter2";

describe("an enrolment code or a share link's secret", () => {
  const code = "ABCD-EFGH";
  it.each<[string, (log: ReturnType<typeof createLog>) => void]>([
    ["a field code", (log) => log.info({ code }, "x")],
    ["a nested field code", (log) => log.info({ body: { code: "abcdefgh" } }, "x")],
    ["a bound field code", (log) => log.child({ code: "ABCD EFGH" }).info("x")],
    ["a field enrolmentCode", (log) => log.info({ enrolmentCode: code }, "x")],
    ["the text of a QR code", (log) => log.info(`helmcast:enrol?relay=http%3A%2F%2Fa&code=${code}`)],
    ["a share link", (log) => log.info({ link: `https://relay.example/#/share/${secret}` }, "x")],
    ["a share link in the message", (log) => log.info(`opened https://relay.example/#/share/${secret} once`)],
    ["a hash that could be guessed", (log) => log.info({ codeHash: secret, passwordHash: secret }, "x")],
    ["settings", (log) => log.info({ iceServers: [{ url: "turn:a", credential: secret, secret }], shareSecret: secret }, "x")],
  ])("is hidden in %s", (_, write) => {
    const { log, text } = capture();
    write(log);
    expect(text()).not.toBe("");
    expect(text()).not.toMatch(/ABCD.?EFGH/i);
    expect(text()).not.toContain(secret);
  });

  it("is told from the code of an error, which stays", () => {
    const { log, text } = capture();
    for (const kept of ["ENOENT", "EADDRINUSE", "HC_INTERNAL", "ERR_HTTP_REQUEST_TIMEOUT", "entity.too.large", "EALREADY", "ENETDOWN"]) {
      log.info({ code: kept }, "x");
      expect(text()).toContain(`"code":"${kept}"`);
    }
    log.info({ code: 143, exit: { code: null } }, "x");
    expect(text()).toContain('"code":143');
  });
});

describe("createLog", () => {
  it("writes one JSON object a line, with the level in words", () => {
    const { log, text } = capture();
    log.info({ port: 8080 }, "listening");
    expect(JSON.parse(text())).toMatchObject({ level: "info", name: "relay", port: 8080, msg: "listening" });
  });

  it.each<[string, (log: ReturnType<typeof createLog>) => void]>([
    ["a field", (log) => log.info({ password: secret }, "x")],
    ["a nested field", (log) => log.info({ req: { headers: { authorization: `Bearer ${secret}`, cookie: `a=${secret}` } } }, "x")],
    ["a list", (log) => log.info({ users: [{ deep: { accessToken: secret } }] }, "x")],
    ["a bound field", (log) => log.child({ token: secret }).info("x")],
    ["a URL in the message", (log) => log.info(`open rtsp://cam:${secret}@host/a`)],
    ["a query in a field", (log) => log.info({ url: `/a?token=${secret}` }, "x")],
    ["an error's message", (log) => log.error({ err: new Error(`no rtsp://u:${secret}@h/`) }, "x")],
    ["an error's own fields", (log) => log.error({ err: Object.assign(new Error("no"), { password: secret }) }, "x")],
  ])("hides a secret in %s", (_, write) => {
    for (const pretty of [false, true]) {
      const { log, text } = capture({ pretty });
      write(log);
      expect(text()).not.toBe("");
      expect(text()).not.toContain(secret);
    }
  });

  it("keeps the code, the cause and the stack of an error", () => {
    const { log, text } = capture();
    log.error({ err: new AppError("HC_INTERNAL", { cause: new Error("beneath") }) }, "failed");
    const line = JSON.parse(text());
    expect(line.err).toMatchObject({ code: "HC_INTERNAL", type: "AppError" });
    expect(line.err.stack).toContain("beneath");
  });

  it("writes one readable line in the pretty mode", () => {
    const { log, text } = capture({ pretty: true });
    log.warn({ delayMs: 500 }, "trying again");
    expect(text()).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN \(relay\): trying again \{"delayMs":500\}\n$/);
  });

  it("leaves out what is under the level", () => {
    const { log, text } = capture({ level: "warn" });
    log.info("quiet");
    expect(text()).toBe("");
    expect(silentLog().isLevelEnabled("error")).toBe(false);
  });
});
