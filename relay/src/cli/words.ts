import { accountNameSchema, deviceIdSchema, everyDevice, grantDeviceSchema, roleSchema } from "@helmcast/config";
import type { z } from "zod";
import type { Argument, Option } from "./command-types.ts";

const device = "1 to 32 of a-z, 0-9 and -";
const roles = roleSchema.options.join(", ");

function readWith(schema: z.ZodType<string>): (word: string) => string | null {
  return (word) => schema.safeParse(word).data ?? null;
}

/** The arguments that commands take. */
export const words = {
  name: { name: "NAME", allowed: "1 to 32 of a-z, 0-9, . _ and -, first a letter or a digit", read: readWith(accountNameSchema) },
  device: { name: "DEVICE", allowed: device, read: readWith(deviceIdSchema) },
  grantDevice: { name: "DEVICE", allowed: `${device}, or '${everyDevice}' in quotes for every device`, read: readWith(grantDeviceSchema) },
  role: { name: "ROLE", allowed: roles, read: readWith(roleSchema) },
  file: { name: "FILE", allowed: "the path of a file that does not exist yet", read: readFile },
} as const satisfies Readonly<Record<string, Argument>>;

const none = { value: null, allowed: "", read: (word: string) => word } as const;

/** The flags that commands take. */
export const flags = {
  grant: {
    flag: "--grant",
    value: "DEVICE=ROLE",
    many: true,
    sentence: `A role on a device from the start; can be given more than once. Roles are ${roles}; '${everyDevice}=ROLE' is for every device.`,
    allowed: `DEVICE=ROLE with a role out of ${roles}, for example picarx=drive`,
    read: (word: string) => (readGrant(word) === null ? null : word),
  },
  passwordStdin: { ...none, flag: "--password-stdin", sentence: "Read the password from standard input, one line." },
  makePassword: { ...none, flag: "--make-password", sentence: "Make a password and show it once." },
  relay: {
    flag: "--relay",
    value: "URL",
    sentence: "The relay's address as the device reaches it. Default: the first address of this machine's own network.",
    allowed: "an address that begins with http:// or https://, without a name or password in it",
    read: (word: string) => (/^https?:\/\/[^\s@/]+\/?$/.test(word) && URL.canParse(word) ? word.replace(/\/$/, "") : null),
  },
} as const satisfies Readonly<Record<string, Option>>;

/** Flags that every command takes. */
export const commonFlags: readonly Option[] = [
  { ...none, flag: "--json", sentence: "Print JSON for programs: the result on standard output, a refusal on standard error." },
  {
    flag: "--data",
    value: "DIR",
    sentence: "The relay's data folder. Default: as the relay finds it (HELMCAST_DATA, data in helmcast.yaml, .helmcast).",
    allowed: "the path of a folder",
    read: readFile,
  },
  {
    flag: "--config",
    value: "FILE",
    sentence: "The relay's settings file. Default: HELMCAST_CONFIG, or helmcast.yaml in the working folder.",
    allowed: "the path of a file",
    read: readFile,
  },
  { ...none, flag: "--help", sentence: "Show this." },
];

/** Splits `DEVICE=ROLE`; null when it is not that. */
export function readGrant(word: string): { readonly device: string; readonly role: "view" | "drive" | "admin" } | null {
  const [device, role, ...rest] = word.split("=");
  const parsed = { device: grantDeviceSchema.safeParse(device), role: roleSchema.safeParse(role) };
  return parsed.device.success && parsed.role.success && rest.length === 0 ? { device: parsed.device.data, role: parsed.role.data } : null;
}

function readFile(word: string): string | null {
  return word === "" || word.includes("\0") || word.length > 4096 ? null : word;
}
