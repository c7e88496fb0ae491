/** The known word nearest to what was typed, when at most two characters or a third of it are wrong; else null. */
export function suggest(typed: string, known: readonly string[]): string | null {
  const ranked = known.map((word) => ({ word, distance: editDistance(typed.toLowerCase(), word.toLowerCase()) }));
  const [best] = ranked.sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, Math.floor(best.word.length / 3)) ? best.word : null;
}

/** Longest word that is compared. The work grows with the square of it. */
const maxChars = 64;

/** Number of inserted, removed or exchanged characters between two words, Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  if (a.length > maxChars || b.length > maxChars) {
    return maxChars;
  }
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
