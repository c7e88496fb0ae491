import { createInterface } from "node:readline";

/** Asks a person. */
export type Asker = {
  /** The answer's line; null at the end of the input. */
  ask(question: string): Promise<string | null>;
  close(): void;
};

/**
 * Asks on a terminal, or takes the lines of a pipe for answers.
 * @param onInterrupt Ctrl-C, which a terminal that is read line by line does not turn into a signal
 */
export function createAsker(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, onInterrupt: () => void): Asker {
  const reader = createInterface({ input, output, terminal: "isTTY" in input && input.isTTY === true });
  reader.on("SIGINT", () => {
    onInterrupt();
    reader.close();
  });
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
