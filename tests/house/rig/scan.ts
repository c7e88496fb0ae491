/** What a piece of TypeScript is: code, a comment, or the text between quotes. */
type Piece = { readonly kind: "code" | "comment" | "text"; readonly content: string };

// Longest first: comments before quotes, quotes before everything else. A regular expression is told from a division by what stands before it.
const pattern =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|(?<=(?:[=(,:[!&|?{};+]|=>|return)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;

function split(source: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of source.matchAll(pattern)) {
    pieces.push({ kind: "code", content: source.slice(end, match.index) });
    pieces.push({ kind: /^\/[/*]/.test(match[0]) ? "comment" : "text", content: match[0] });
    end = match.index + match[0].length;
  }
  return [...pieces, { kind: "code", content: source.slice(end) }];
}

const blank = (content: string): string => content.replace(/[^\n]/g, " ");

/** The source with comments blanked out; lines keep their numbers. */
export function withoutComments(source: string): string {
  return split(source)
    .map(({ kind, content }) => (kind === "comment" ? blank(content) : content))
    .join("");
}

/** The source with comments, strings and regular expressions blanked out; lines keep their numbers. */
export function codeOnly(source: string): string {
  return split(source)
    .map(({ kind, content }) => (kind === "code" ? content : blank(content)))
    .join("");
}

/** Everything that a source imports, exports from elsewhere, or imports at run time. */
export function listImports(source: string): string[] {
  const code = withoutComments(source);
  const found = code.matchAll(/^(?:import|export)\b[^;"']*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm);
  return [...found].flatMap((match) => match[1] ?? match[2] ?? match[3] ?? []);
}

/** Places where a pattern stands, as `line: text`. */
export function findLines(code: string, wanted: RegExp): string[] {
  return code.split("\n").flatMap((line, index) => (wanted.test(line) ? [`${index + 1}: ${line.trim()}`] : []));
}
