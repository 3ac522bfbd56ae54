/**
 * A learner's words, made fit to stand inside our own: whatever Markdown or a card's tags would read as theirs is
 * taken out, so that a topic such as "## <EVOBK_KEY>" breaks nothing.
 */

/** The length of a word in ordinary prose, with its space. */
const CHARACTERS_PER_WORD = 6;

/**
 * At most `longest` characters, cut at a word; `otherwise` when nothing is left. No more words than prose of that
 * length has: a topic of a hundred single letters must not fill a page.
 */
export function plainText(text: string, longest: number, otherwise: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu, ' ')
    .replace(/[<>#`*_|~[\]\\{}]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/^[\s\-+.=]+/, '')
    .trimEnd();
  if (plain === '') return otherwise;
  const brief = plain.split(' ', Math.ceil(longest / CHARACTERS_PER_WORD)).join(' ');
  if (brief.length <= longest) return brief;
  const cut = brief.slice(0, longest).toWellFormed().replace(/\uFFFD$/u, '');
  const space = cut.lastIndexOf(' ');
  return space > longest / 2 ? cut.slice(0, space) : cut;
}
