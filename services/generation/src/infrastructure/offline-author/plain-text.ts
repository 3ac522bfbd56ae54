/**
 * A learner's words, made fit to stand inside our own: whatever Markdown or a card's tags would read as theirs is
 * taken out, so that a topic such as "## <EVOBK_KEY>" breaks nothing.
 */

/** At most `longest` characters, cut at a word; `otherwise` when nothing is left. */
export function plainText(text: string, longest: number, otherwise: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu, ' ')
    .replace(/[<>#`*_|~[\]\\{}]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/^[\s\-+.=]+|\s+$/g, '');
  if (plain === '') return otherwise;
  if (plain.length <= longest) return plain;
  const cut = plain.slice(0, longest).toWellFormed().replace(/\uFFFD$/u, '');
  const space = cut.lastIndexOf(' ');
  return space > longest / 2 ? cut.slice(0, space) : cut;
}
