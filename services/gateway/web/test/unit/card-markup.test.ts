/**
 * What a card becomes when whoever wrote it means harm, and when he does not.
 */
import t from 'tap';
import { pagesOfCard, type Part } from '../../src/course/card-markup.ts';

const markupOf = (parts: readonly Part[]): string => parts.map((part) => (part.kind === 'key-elements' ? part.items.join() : part.markup)).join('');

/** Does it, and claims that it is little work: by the processor's time, which what else runs on a machine does not add to. */
function lightly<Result>(t: Pick<typeof import('tap').t, 'ok'>, work: () => Result): Result {
  const begun = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begun);
  t.ok(user + system < 3_000_000, `${(user + system) / 1000} ms of the processor`);
  return result;
}

t.test('pages, the box of key elements, the tip, tables and code come out as what they are', async (t) => {
  const [first, second] = pagesOfCard([
    '## One', 'Text with *stress*.', '<EVOBK_KEY_ELEMENTS>', '<EVOBK_KEY>first **idea**</EVOBK_KEY>', '<EVOBK_KEY>second</EVOBK_KEY>', '</EVOBK_KEY_ELEMENTS>',
    '<EVOBK_EXPERT_TIP>Look before you leap.</EVOBK_EXPERT_TIP>', '<EVOBK_PAGE_BREAK />', '## Two', '| a | b |\n|---|---|\n| 1 | 2 |', '```js\nconst a = 1 < 2;\n```',
  ].join('\n\n')) as [readonly Part[], readonly Part[]];
  t.strictSame(first.map(({ kind }) => kind), ['text', 'key-elements', 'expert-tip']);
  t.match(first[0], { markup: /<h2>One<\/h2>[^]*<em>stress<\/em>/ });
  t.strictSame(first[1], { kind: 'key-elements', items: ['first <strong>idea</strong>', 'second'] });
  t.match(markupOf(second), /<table>[^]*<td>1<\/td>/);
  t.match(markupOf(second), /<code>const a = 1 &lt; 2;/);
});

const HARM = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '![far away](https://evil.example/pixel.png)',
  '[go](javascript:alert(1))',
  '[go](JaVaScRiPt:alert(1))',
  '[go](data:text/html,<script>alert(1)</script>)',
  '[go](vbscript:x)',
  '<a href="https://evil.example" onclick="alert(1)">x</a>',
  '<svg onload=alert(1)>',
  '<iframe src="https://evil.example"></iframe>',
  '<style>body{display:none}</style>',
  '<div style="position:fixed">over all</div>',
  '<EVOBK_EXPERT_TIP><script>alert(1)</script></EVOBK_EXPERT_TIP>',
  '<EVOBK_KEY_ELEMENTS><EVOBK_KEY><img src=x onerror=alert(1)></EVOBK_KEY></EVOBK_KEY_ELEMENTS>',
  '<EVOBK_KEY_ELEMENTS><EVOBK_KEY>[x](javascript:alert(1))</EVOBK_KEY></EVOBK_KEY_ELEMENTS>',
  '<form action="https://evil.example"><input name=a></form>',
  '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
];
/** Elements that do something, attributes that do, and addresses that are no links to read. */
const DANGEROUS = /<(?!\/?(?:h[2-6]|p|ul|ol|li|blockquote|pre|code|em|strong|s|br|hr|table|thead|tbody|tr|th|td|a)\b)|<[^>]*\s(?:on\w+|style|src|srcset|action|xlink:href)\s*=|<[^>]*\shref="(?!https?:|mailto:)/i;

for (const harm of HARM) {
  t.test(`harmless: ${harm}`, async (t) => {
    t.notMatch(pagesOfCard(`## Title\n\n${harm}\n\nThe end.`).map(markupOf).join(''), DANGEROUS);
    t.match(pagesOfCard(`## Title\n\n${harm}\n\nThe end.`).map(markupOf).join(''), 'The end.', 'and what stands behind it is read');
  });
}

t.test('links to read are kept, and tell their target nothing', async (t) => {
  t.match(pagesOfCard('[docs](https://example.org/)').map(markupOf).join(''), '<a href="https://example.org/" rel="noopener noreferrer nofollow">docs</a>');
});

t.test('a table of a hundred thousand cells is cut short, and no more is made of it than is shown', async (t) => {
  const table = `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(50_000)}`;
  const markup = lightly(t, () => pagesOfCard(table).map(markupOf).join(''));
  t.ok(markup.length < table.length, 'shorter than what it was made of');
  t.match(markup, 'too long to be shown whole');
});

t.test('boxes that are never closed, and a hundred thousand that are opened, are text, and no work', async (t) => {
  lightly(t, () => {
    pagesOfCard('<EVOBK_KEY_ELEMENTS>'.repeat(100_000));
    pagesOfCard('<EVOBK_EXPERT_TIP></EVOBK_EXPERT_TIP>'.repeat(100_000));
  });
  t.match(pagesOfCard('<EVOBK_EXPERT_TIP>never closed').map(markupOf).join(''), '&lt;EVOBK_EXPERT_TIP&gt;never closed');
});
