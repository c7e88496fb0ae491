import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { type IceServer, iceServerSchema, maxIceServers } from "../schema/ice-server.ts";
import type { ReadValue } from "./load-settings.ts";
import { findSecretFileFault } from "./read-secret-path.ts";

/** Aliases that a file may use, so that a few lines can't unfold into gigabytes. */
const maxAliases = 20;

/** Reads the list of ICE servers: a YAML list, or the path of a file that holds one and that only its owner can read. Faults never repeat a value. */
export function readIceServers(raw: unknown, folder: string): ReadValue<readonly IceServer[]> {
  if (typeof raw !== "string") {
    return readList(raw);
  }
  const path = resolve(folder, raw);
  const fault = findSecretFileFault(path);
  if (fault !== null) {
    return { fault };
  }
  try {
    return readList(parseYaml(readFileSync(path, "utf8"), { maxAliasCount: maxAliases }));
  } catch {
    // Neither the YAML error nor the system's is shown: the first quotes the file.
    return { fault: `${path} can't be understood as YAML` };
  }
}

function readList(raw: unknown): ReadValue<readonly IceServer[]> {
  if (!Array.isArray(raw) || raw.length > maxIceServers) {
    return null;
  }
  const servers: IceServer[] = [];
  for (const [index, entry] of raw.entries()) {
    const parsed = iceServerSchema.safeParse(entry);
    if (!parsed.success) {
      return { fault: `server ${index + 1}: ${parsed.error.issues[0]?.message ?? "wrong"}` };
    }
    servers.push(parsed.data);
  }
  return { value: servers };
}
