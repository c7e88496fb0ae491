import { parseArgs } from "node:util";
import { enrolmentCodeSchema } from "@helmcast/config";

/** What was typed after `enrol`; null where nothing was. */
export type EnrolArguments = {
  readonly relay: string | null;
  readonly code: string | null;
  readonly config: string;
  readonly secretFile: string | null;
  /** A V4L2 device whose picture is looked at. */
  readonly video: string | null;
  readonly scan: boolean;
  readonly replace: boolean;
};

/** The arguments, or every fault at once. */
export type ParsedArguments =
  | { readonly ok: true; readonly arguments: EnrolArguments }
  | { readonly ok: false; readonly faults: readonly string[] };

const options = {
  relay: { type: "string" },
  code: { type: "string" },
  config: { type: "string" },
  "secret-file": { type: "string" },
  video: { type: "string" },
  scan: { type: "boolean" },
  replace: { type: "boolean" },
} as const;

/** Reads the words after `enrol`. */
export function parseEnrolArguments(argv: readonly string[]): ParsedArguments {
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    const faults = describeFaults(values);
    const { relay = null, code = null, config = "edge.yaml", video = null, scan = false, replace = false } = values;
    const result = { relay, code, config, secretFile: values["secret-file"] ?? null, video, scan: scan || video !== null, replace };
    return faults.length > 0 ? { ok: false, faults } : { ok: true, arguments: result };
  } catch (error) {
    // parseArgs names the word and what it lacks (Node, util.parseArgs, strict); its hints about "--" are of no use here.
    return { ok: false, faults: [`${(error instanceof Error ? error.message : String(error)).split(". ")[0] ?? ""}.`] };
  }
}

/** The relay's address without path, user or password; null for what is none. */
export function readRelayAddress(text: string): string | null {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  return url === null || url.hostname === "" || url.username !== "" || url.password !== "" ? null : url.origin;
}

type Values = { readonly relay?: string; readonly code?: string; readonly video?: string; readonly scan?: boolean };

function describeFaults({ relay, code, video, scan }: Values): string[] {
  return [
    relay !== undefined && readRelayAddress(relay) === null
      ? "--relay is no address of a relay; write it like https://relay.example or http://192.168.1.5:8080, without user and password."
      : null,
    code !== undefined && !enrolmentCodeSchema.safeParse(code).success
      ? "--code is no enrolment code; it has eight letters and digits, like ABCD-EFGH, and no 0, O, 1, I or L."
      : null,
    code !== undefined && (scan === true || video !== undefined) ? "--code and --scan exclude each other; leave one." : null,
    video !== undefined && !/^\/dev\/[\w/-]{1,100}$/.test(video) ? "--video is no camera; name it like /dev/video0." : null,
  ].filter((fault) => fault !== null);
}
