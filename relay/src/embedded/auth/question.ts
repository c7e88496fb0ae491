import type { AuthExclude } from "../settings/embedded-settings.ts";
import type { AuthQuestion } from "../stream/types.ts";

/** Longest hold of a no, ms (MediaMTX contract, section 1.1: 0 to 4 s). It makes guessing slow. */
const maxHoldMs = 4000;

/** The callback's JSON body: these fields, always all, in this order (MediaMTX contract, section 1.1). */
export function writeQuestion(question: AuthQuestion): string {
  return JSON.stringify({
    ip: question.ip,
    user: question.user,
    password: question.password,
    token: findToken(question),
    action: question.action,
    path: question.path,
    protocol: question.protocol,
    id: question.id,
    query: question.query,
    userAgent: question.userAgent,
  });
}

/** How long a no to this question is held, ms: not at all where no credentials were presented. */
export function holdDelayMs(question: AuthQuestion, random: () => number): number {
  return presentsCredentials(question) ? Math.floor(random() * maxHoldMs) : 0;
}

/** True where the client presented anything that could be a credential. Who did not is asked for some (a 401 with a challenge). */
export function presentsCredentials(question: AuthQuestion): boolean {
  return question.user !== "" || question.password !== "" || findToken(question) !== "";
}

/** True where the settings say that this question needs no answer. */
export function isExcluded(exclude: readonly AuthExclude[], question: AuthQuestion): boolean {
  const byPath = question.action === "publish" || question.action === "read" || question.action === "playback";
  return exclude.some((rule) => rule.action === question.action && (!byPath || matchesPath(rule.path, question.path)));
}

/** The bearer token, else the password, else for RTSP the query's `token` or `jwt` (MediaMTX contract, section 1.1). */
function findToken(question: AuthQuestion): string {
  if (question.token !== "" || question.password !== "") {
    return question.token === "" ? question.password : question.token;
  }
  if (question.protocol !== "rtsp") {
    return "";
  }
  const query = new URLSearchParams(question.query);
  const single = (name: string): string => (query.getAll(name).length === 1 ? (query.get(name) ?? "") : "");
  return single("token") === "" ? single("jwt") : single("token");
}

function matchesPath(rule: string, path: string): boolean {
  if (rule === "" || rule === path) {
    return true;
  }
  if (!rule.startsWith("~")) {
    return false;
  }
  try {
    return new RegExp(rule.slice(1)).test(path);
  } catch {
    return false;
  }
}
