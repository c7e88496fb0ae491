import { StringDecoder } from "node:string_decoder";
import { newPasswordSchema } from "@helmcast/config";
import { nothingTyped, typeKeys } from "./typing-machine.ts";

/** The terminal as far as a question needs it: process.stdin, and where prompts go. */
export type Terminal = {
  readonly input: NodeJS.ReadStream;
  /** Writes without a line end. Not to standard output, which a program may read. */
  readonly prompt: (text: string) => void;
};

/** A password that was chosen (null: one is to be made), or why there is none. */
export type Answer = { readonly ok: true; readonly password: string | null } | { readonly ok: false; readonly why: string };

/** Longest input for --password-stdin, in bytes: 256 characters of four, and a line end. */
const maxInputBytes = 1026;

/** Keys kept that were typed before their question came, in characters. */
const maxKeysAhead = 4096;

const wrongLength = "A password has 8 to 256 characters.";

/** Asks for a new password twice, showing nothing of it. An empty first answer means that one is to be made. */
export async function askPassword(terminal: Terminal, account: string): Promise<Answer> {
  const hidden = openHiddenInput(terminal);
  try {
    const first = await hidden.ask(`New password for ${account} (empty: one is made): `);
    if (first === "") {
      return { ok: true, password: null };
    }
    if (first !== null && !newPasswordSchema.safeParse(first).success) {
      return { ok: false, why: wrongLength };
    }
    const second = first === null ? null : await hidden.ask("The same again: ");
    if (first === null || second === null) {
      return { ok: false, why: "It was broken off." };
    }
    return first === second ? { ok: true, password: first } : { ok: false, why: "The two were not the same." };
  } finally {
    hidden.close();
  }
}

/** Reads a password from standard input: one line, its line end left out. */
export async function readPasswordInput(input: NodeJS.ReadStream): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxInputBytes) {
      return { ok: false, why: wrongLength };
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (/[\r\n]/.test(text)) {
    return { ok: false, why: "Standard input holds more than one line; give the password in one." };
  }
  return newPasswordSchema.safeParse(text).success ? { ok: true, password: text } : { ok: false, why: wrongLength };
}

/** Takes the terminal over from the first question to `close`: in between nothing that is typed is shown, nor lost between two questions. */
function openHiddenInput({ input, prompt }: Terminal) {
  const decoder = new StringDecoder("utf8");
  let keys = "";
  let hasEnded = false;
  let wake: () => void = () => undefined;
  const take = (chunk: Buffer) => {
    keys = `${keys}${decoder.write(chunk)}`.slice(0, maxKeysAhead);
    wake();
  };
  const end = () => {
    hasEnded = true;
    wake();
  };
  input.setRawMode(true);
  input.on("data", take);
  input.on("end", end);
  input.resume();
  return {
    /** Null when the person broke it off. */
    async ask(question: string): Promise<string | null> {
      prompt(question);
      let typing = nothingTyped;
      for (;;) {
        const typed = typeKeys(typing, keys);
        typing = typed.typing;
        keys = typed.rest;
        if (typing.end !== null || hasEnded) {
          prompt("\n");
          return typing.end === "entered" ? typing.text : null;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close() {
      input.removeListener("data", take);
      input.removeListener("end", end);
      input.setRawMode(false);
      input.pause();
    },
  };
}
