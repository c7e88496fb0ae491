import { accountListSchema, deviceListSchema, enrolmentSchema, passwordReplySchema, routes } from "@helmcast/config";
import { aboutReplySchema, controlRoutes, keysReplySchema } from "../admin/control-messages.ts";
import type { CommandName } from "./commands.ts";
import type { ControlClient } from "./control-client.ts";
import { type Call, optionOf } from "./parse-command.ts";
import { readGrant } from "./words.ts";
import { describeEnrolment, type EnrolmentNews } from "./write-enrolment.ts";
import { writeTable, writeTime } from "./write-table.ts";

/** What a command has to say: lines for a person, a value for a program. */
export type Outcome = { readonly lines: readonly string[]; readonly json: unknown };

/** What a command works with. */
export type CallContext = {
  readonly call: Call;
  readonly client: ControlClient;
  /** The chosen password; null: one is to be made. Only `user add` and `user passwd` look at it. */
  readonly password: string | null;
  /** Makes a path absolute that a person typed. */
  readonly resolvePath: (path: string) => string;
  /** True when the lines go to a terminal, which can show colours. */
  readonly colours: boolean;
};

type Run = (context: CallContext, args: readonly [first: string, second: string, third: string]) => Promise<Outcome>;

const done = { done: true };

const runs: Readonly<Record<CommandName, Run>> = {
  "user add": async ({ client, call, password }, [name]) => {
    const grants = (call.options.get("--grant") ?? []).flatMap((word) => readGrant(word) ?? []);
    const body = { name, grants, ...(password === null ? {} : { password }) };
    const reply = await client.ask({ method: "POST", path: routes.accounts, body }, passwordReplySchema);
    const hint = grants.length > 0 ? [] : [`It may do nothing yet; give it a role with "user grant ${name} DEVICE ROLE".`];
    return { lines: [`Account ${name} is added.`, ...describePassword(reply.password), ...hint], json: reply };
  },
  "user list": async ({ client }) => {
    const accounts = await client.ask({ method: "GET", path: routes.accounts }, accountListSchema);
    const rows = accounts.map(({ name, createdAt, signIns, grants }) => [
      name,
      writeTime(createdAt),
      String(signIns),
      grants.length === 0 ? "none" : grants.map(({ device, role }) => `${device}=${role}`).join(" "),
    ]);
    return { lines: writeTable(["NAME", "ADDED (UTC)", "SIGNED IN", "GRANTS"], rows, "There are no accounts."), json: accounts };
  },
  "user passwd": async ({ client, password }, [name]) => {
    const question = { method: "POST", path: `${accountPath(name)}/password`, body: password === null ? {} : { password } } as const;
    const reply = await client.ask(question, passwordReplySchema);
    return { lines: [`${name} has a new password, and is signed out everywhere.`, ...describePassword(reply.password)], json: reply };
  },
  "user grant": async ({ client }, [name, device, role]) => {
    await client.tell({ method: "PUT", path: grantPath(name, device), body: { role } });
    return { lines: [`${name} has the role ${role} on ${describeDevice(device)}.`], json: done };
  },
  "user revoke": async ({ client }, [name, device]) => {
    await client.tell({ method: "DELETE", path: grantPath(name, device) });
    return { lines: [`${name} has no grant on ${describeDevice(device)} any more.`], json: done };
  },
  "user remove": async ({ client }, [name]) => {
    await client.tell({ method: "DELETE", path: accountPath(name) });
    return { lines: [`Account ${name} is removed.`], json: done };
  },
  "device add": async ({ client, call, colours }, [device]) => {
    const enrolment = await client.ask({ method: "POST", path: routes.devices, body: { device } }, enrolmentSchema);
    const about = await client.ask({ method: "GET", path: controlRoutes.about }, aboutReplySchema);
    const news: EnrolmentNews = { ...enrolment, relayUrl: optionOf(call, "--relay") ?? about.relayUrl };
    return describeEnrolment(news, colours);
  },
  "device list": async ({ client }) => {
    const devices = await client.ask({ method: "GET", path: routes.devices }, deviceListSchema);
    const rows = devices.map(({ id, enrolledAt, online, cameras }) => [id, writeTime(enrolledAt), online ? "yes" : "no", String(cameras)]);
    return { lines: writeTable(["DEVICE", "ENROLLED (UTC)", "ONLINE", "CAMERAS"], rows, "No device is enrolled."), json: devices };
  },
  "device revoke": async ({ client }, [device]) => {
    await client.tell({ method: "DELETE", path: `${routes.devices}/${device}` });
    return { lines: [`Device ${device} is removed.`], json: done };
  },
  "keys rotate": async ({ client }) => {
    const reply = await client.ask({ method: "POST", path: controlRoutes.keys }, keysReplySchema);
    return { lines: [`Key ${reply.kid} signs tokens from now on. Nobody was signed out.`], json: reply };
  },
  backup: async ({ client, resolvePath }, [name]) => {
    const file = resolvePath(name);
    await client.tell({ method: "POST", path: controlRoutes.backup, body: { file } });
    return { lines: [`The state is saved in ${file}. It holds keys: keep it where nobody else can read it.`], json: { file } };
  },
};

/** Does what was called for. @throws AppError a refusal */
export function runCall(context: CallContext): Promise<Outcome> {
  const [first = "", second = "", third = ""] = context.call.args;
  return runs[context.call.command](context, [first, second, third]);
}

function accountPath(name: string): string {
  return `${routes.accounts}/${name}`;
}

function grantPath(name: string, device: string): string {
  return `${accountPath(name)}/grants/${device}`;
}

function describeDevice(device: string): string {
  return device === "*" ? "every device" : device;
}

function describePassword(made: string | null): string[] {
  return made === null ? [] : ["", `  ${made}`, "", "That is the password. It is shown only this once."];
}
