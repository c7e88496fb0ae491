import type { NetworkInterfaceInfo } from "node:os";
import type { AdminPassword } from "../auth/first-admin.ts";

/** What a person should know once everything runs. */
export type StartNews = {
  readonly engine: { readonly kind: string; readonly version: string; readonly why: string };
  readonly addresses: readonly string[];
  readonly account: string;
  readonly password: AdminPassword;
  /** The setting that holds the password, where one does. */
  readonly passwordSetting: "HELMCAST_ADMIN_PASSWORD" | "HELMCAST_ADMIN_PASSWORD_FILE";
  readonly demo: boolean;
  readonly logFile: string;
};

/** The lines that a start ends with. The password stands in them only at the start that made it. */
export function describeStart(news: StartNews): readonly string[] {
  const [first = "", ...others] = news.addresses;
  return [
    "",
    "Helmcast is running.",
    "",
    `  Open      ${first}`,
    ...others.map((address) => `            ${address}`),
    ...describeAccount(news),
    `  Engine    ${news.engine.kind} ${news.engine.version}: ${news.engine.why}`,
    ...(news.demo ? ["  Demo      a test picture and a simulated vehicle (HELMCAST_DEMO=off leaves them out)"] : []),
    `  Log       ${news.logFile}`,
    "",
    "Ctrl-C stops it.",
    "",
  ];
}

function describeAccount({ account, password, passwordSetting }: StartNews): readonly string[] {
  if (password.how === "kept" && password.because === "account-removed") {
    return [`  Account   one that runs this relay; ${account} was removed`];
  }
  return [`  Account   ${account}`, `  Password  ${describePassword(password, passwordSetting)}`];
}

function describePassword(password: AdminPassword, setting: string): string {
  if (password.how === "made") {
    return `${password.password}   (shown only this once)`;
  }
  if (password.how === "set" || password.because === "same-as-setting") {
    return `the one in ${setting}`;
  }
  return password.because === "changed-since"
    ? `the one it was changed to after ${setting} was taken, which counts again when it holds a new one`
    : "as before. Lost it? npm run helmcast -- user passwd admin";
}

const everyInterface = ["0.0.0.0", "::"];

/** The gateway's address for a program on this machine: loopback, unless the gateway listens on one address only. */
export function localAddress(host: string, port: number): string {
  return toUrl(everyInterface.includes(host) ? "127.0.0.1" : host, port);
}

/** IPv6 addresses stand in brackets (RFC 3986, section 3.2.2). */
function toUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Addresses at which the gateway is reached: this machine first, then those of its IPv4 networks when it listens on them. */
export function listAddresses(
  host: string,
  port: number,
  interfaces: Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, "address" | "family" | "internal">[] | undefined>>,
): readonly string[] {
  if (!everyInterface.includes(host)) {
    return [toUrl(host === "127.0.0.1" ? "localhost" : host, port)];
  }
  const others = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((entry) => entry.family === "IPv4" && !entry.internal)
    .map((entry) => toUrl(entry.address, port));
  return [toUrl("localhost", port), ...others];
}
