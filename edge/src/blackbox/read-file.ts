import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { AppError } from "@helmcast/config";
import { type BlackBoxHeader, type BlackBoxLine, headerSchema, lineSchema } from "./file-schema.ts";
import { unpackNumber } from "./number-codec.ts";

/** Largest file, and largest once unpacked, bytes: several times what an agent writes. */
const maxFileBytes = 64_000_000;

/** A black box that was read. `lines[0]` is the file's second line. */
export type BlackBoxFile = { readonly header: BlackBoxHeader; readonly lines: readonly BlackBoxLine[] };

/**
 * Reads a black box, packed or not.
 * @throws AppError HC_EDGE_BLACK_BOX_FILE when there is none, or it is not of this version; its detail names the line
 */
export function readBlackBox(path: string): BlackBoxFile {
  try {
    if (statSync(path).size > maxFileBytes) {
      throw wrong(`It is larger than ${maxFileBytes} bytes.`);
    }
    const bytes = readFileSync(path);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return parseBlackBox((isPacked ? gunzipSync(bytes, { maxOutputLength: maxFileBytes }) : bytes).toString("utf8"));
  } catch (cause) {
    throw cause instanceof AppError ? cause : wrong(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/**
 * Reads the text of a black box.
 * @throws AppError HC_EDGE_BLACK_BOX_FILE
 */
export function parseBlackBox(text: string): BlackBoxFile {
  const [first = "", ...rest] = text.split("\n");
  const header = headerSchema.safeParse(parseLine(first, 1));
  if (!header.success) {
    throw wrong(`Line 1 is no header: ${header.error.issues[0]?.path.join(".") ?? ""} ${header.error.issues[0]?.message ?? ""}`);
  }
  let hasState = header.data.before !== null;
  const lines = rest.flatMap((line, index) => {
    const number = index + 2;
    if (line === "") {
      return [];
    }
    const parsed = lineSchema.safeParse(parseLine(line, number));
    if (!parsed.success) {
      throw wrong(`Line ${number}: ${parsed.error.issues[0]?.path.join(".") ?? ""} ${parsed.error.issues[0]?.message ?? ""}`);
    }
    hasState ||= parsed.data.kind === "begin";
    if (!hasState && (parsed.data.kind === "step" || parsed.data.kind === "output")) {
      throw wrong(`Line ${number}: the state before the first step is missing, so nothing can be compared.`);
    }
    return [parsed.data];
  });
  return { header: header.data, lines };
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line, unpackNumber);
  } catch (cause) {
    throw wrong(`Line ${number} is no JSON.`, cause);
  }
}

function wrong(detail: string, cause?: unknown): AppError {
  return new AppError("HC_EDGE_BLACK_BOX_FILE", { detail, cause });
}
