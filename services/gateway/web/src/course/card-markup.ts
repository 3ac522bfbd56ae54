/**
 * A knowledge card as markup that is safe to show, whoever wrote it: a model may be talked into anything, so what it wrote is never trusted.
 *
 * Two walls. Markdown is read without its HTML, and what comes out is cut down to a list of elements and attributes; then the policy of the page
 * allows no script but ours, nothing from another host, and no markup but what comes through here (Trusted Types).
 */
import MarkdownIt from 'markdown-it';
import sanitize from 'sanitize-html';

const PAGE_BREAK = '<EVOBK_PAGE_BREAK />';
/** More are shown as text: a table of a million cells would stop whoever reads. */
const LONGEST_PAGE = 60_000;

/** One page, in the order in which its parts stand. */
export type Part =
  | { readonly kind: 'text'; readonly markup: string }
  | { readonly kind: 'key-elements'; readonly items: readonly string[] }
  | { readonly kind: 'expert-tip'; readonly markup: string };

const markdown = new MarkdownIt({ html: false, linkify: false });

const ALLOWED: sanitize.IOptions = {
  allowedTags: ['h2', 'h3', 'h4', 'h5', 'h6', 'p', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'em', 'strong', 's', 'br', 'hr', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a'],
  allowedAttributes: { a: ['href', 'rel'], ol: ['start'] },
  allowedSchemes: ['https', 'http', 'mailto'],
  allowProtocolRelative: false,
  parseStyleAttributes: false,
  nestingLimit: 30,
  transformTags: {
    a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: 'noopener noreferrer nofollow' } }),
    // The page has the title of the card already.
    h1: 'h2',
  },
};

/** The pages of a card, each as its parts. What stands in `markup` is clean. */
export function pagesOfCard(card: string): readonly (readonly Part[])[] {
  return card.split(PAGE_BREAK).map((page) => partsOf(page.trim()));
}

function partsOf(page: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = page.slice(0, LONGEST_PAGE);
  for (;;) {
    const next = nearest(rest);
    if (next === undefined) break;
    if (next.before.trim() !== '') parts.push({ kind: 'text', markup: markupOf(next.before) });
    parts.push(next.part);
    rest = next.behind;
  }
  if (rest.trim() !== '') parts.push({ kind: 'text', markup: markupOf(rest) });
  if (page.length > LONGEST_PAGE) parts.push({ kind: 'text', markup: markupOf('*This page is too long to be shown whole.*') });
  return parts;
}

interface Found {
  readonly before: string;
  readonly part: Part;
  readonly behind: string;
}

function nearest(text: string): Found | undefined {
  const box = between(text, 'EVOBK_KEY_ELEMENTS');
  const tip = between(text, 'EVOBK_EXPERT_TIP');
  const first = box !== undefined && (tip === undefined || box.before.length < tip.before.length) ? box : tip;
  if (first === undefined) return undefined;
  const part: Part = first === box ? { kind: 'key-elements', items: keysIn(first.inside) } : { kind: 'expert-tip', markup: markupOf(first.inside) };
  return { before: first.before, part, behind: first.behind };
}

function keysIn(box: string): readonly string[] {
  const keys: string[] = [];
  for (let key = between(box, 'EVOBK_KEY'); key !== undefined; key = between(key.behind, 'EVOBK_KEY')) keys.push(clean(markdown.renderInline(key.inside.trim())));
  return keys;
}

/** What the first element of this name holds. Found by plain search: no text makes it slow. */
function between(text: string, tag: string): { readonly before: string; readonly inside: string; readonly behind: string } | undefined {
  const start = text.indexOf(`<${tag}>`);
  if (start < 0) return undefined;
  const inside = start + tag.length + 2;
  const end = text.indexOf(`</${tag}>`, inside);
  return end < 0 ? undefined : { before: text.slice(0, start), inside: text.slice(inside, end), behind: text.slice(end + tag.length + 3) };
}

function markupOf(text: string): string {
  return clean(markdown.render(text));
}

function clean(markup: string): string {
  return sanitize(markup, ALLOWED);
}
