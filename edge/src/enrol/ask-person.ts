import { createInterface } from "node:readline";

/** Asks a person. */
export type Asker = {
  /** The answer's line; null at the end of the input. */
  ask(question: string): Promise<string | null>;
  close(): void;
};

/**
 * Asks on a terminal, or takes the lines of a pipe for answers.
 * @param abort ends the question that nobody has answered; Ctrl-C aborts it, which a terminal that is read line by line does not turn into a signal
 */
export function createAsker(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, abort: AbortController): Asker {
  const reader = createInterface({ input, output, terminal: "isTTY" in input && input.isTTY === true });
  reader.on("SIGINT", () => abort.abort());
  abort.signal.addEventListener("abort", () => reader.close(), { once: true });
  const lines = reader[Symbol.asyncIterator]();
  return {
    async ask(question) {
      reader.setPrompt(question);
      reader.prompt();
      const line = await lines.next();
      return line.done === true ? null : line.value;
    },
    close: () => reader.close(),
  };
}
