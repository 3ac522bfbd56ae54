/**
 * A backslash is never silently changed: what is meant as text stays, what is meant as JSON's is JSON's, and where nobody can tell the answer is
 * asked for again.
 */
import fc from 'fast-check';
import t from 'tap';
import { mendBackslashes } from '../../src/infrastructure/model-author/backslashes.ts';
import { readJsonObject } from '../../src/infrastructure/model-author/lenient-json.ts';

/** Reads an answer whose one page is written as it stands here, quotes apart. */
const read = (written: string, told = false) => readJsonObject(`{"pages": ["${written}"]}`, 'pages', { told });
const page = (written: string): unknown => {
  const reading = read(written);
  return reading.ok ? (reading.value as { pages: string[] }).pages[0] : reading.problems;
};

/** Written, and meant. */
const MEANT: readonly (readonly [written: string, meant: string])[] = [
  // Formulas.
  [String.raw`## A\n\nArea: $\frac{1}{2}bh$ done.`, '## A\n\nArea: $\\frac{1}{2}bh$ done.'],
  [String.raw`Slope $\beta_1$, gradient $\nabla f$, map $x \rightarrow y$.`, 'Slope $\\beta_1$, gradient $\\nabla f$, map $x \\rightarrow y$.'],
  [String.raw`Sum $\sum \alpha_i$ and \(x\).`, 'Sum $\\sum \\alpha_i$ and \\(x\\).'],
  [String.raw`Mixed $\alpha \frac{1}{2} \beta$.`, 'Mixed $\\alpha \\frac{1}{2} \\beta$.'],
  [String.raw`$a \times b$`, '$a \\times b$'],
  [String.raw`angle $\theta$, and \text{so}`, 'angle $\\theta$, and \\text{so}'],
  [String.raw`$x \neq y$, $x \notin A$, $\neg p$, $\nu$`, '$x \\neq y$, $x \\notin A$, $\\neg p$, $\\nu$'],
  [String.raw`$$\n\int_0^1 x \to 3\n$$`, '$$\n\\int_0^1 x \\to 3\n$$'],
  [String.raw`\[\rho = \tan x\]`, '\\[\\rho = \\tan x\\]'],
  [String.raw`$\upsilon$ and \u0041`, '$\\upsilon$ and A'],
  // Paths and patterns.
  ['Open `C:\\new\\table\\bin` now.', 'Open `C:\\new\\table\\bin` now.'],
  ['Open C:\\new\\table\\bin now.\\nThen go on.', 'Open C:\\new\\table\\bin now.\nThen go on.'],
  ['`C:\\new`', '`C:\\new`'],
  ['C:\\Users\\name', 'C:\\Users\\name'],
  ["Match with `re.findall(r'\\d+\\.\\w', s)`.", "Match with `re.findall(r'\\d+\\.\\w', s)`."],
  ['`\\bword\\b` and \\s+', '`\\bword\\b` and \\s+'],
  ['A line ends with `\\n`, a cell with `\\t`.', 'A line ends with `\\n`, a cell with `\\t`.'],
  ['\\*not bold\\* costs \\$5', '\\*not bold\\* costs \\$5'],
  // JSON's own.
  ['one\\ntwo\\n\\nthree\\tfour', 'one\ntwo\n\nthree\tfour'],
  ['end of line\\nnot the next\\nneither this\\nnow\\nto be', 'end of line\nnot the next\nneither this\nnow\nto be'],
  ['one\\r\\ntwo', 'one\ntwo'],
  ['He said \\"no\\", it\\\'s 5 \\/ 2', 'He said "no", it\'s 5 / 2'],
  ['```go\\nfunc main() {\\n\\treturn nil\\n\\ttext := 1\\n}\\n```', '```go\nfunc main() {\n\treturn nil\n\ttext := 1\n}\n```'],
  ['It costs $5\\nnow and $6\\nthen.', 'It costs $5\nnow and $6\nthen.'],
  ['**Option B:**\\nthe other', '**Option B:**\nthe other'],
  ['Option B:\\nThe other', 'Option B:\nThe other'],
  [String.raw`$\alpha$ first.\nnu is next`, '$\\alpha$ first.\nnu is next'],
  // Written twice, as JSON wants it.
  ['$\\\\frac{1}{2}$, `C:\\\\new`, \\\\d+\\nnu', '$\\frac{1}{2}$, `C:\\new`, \\d+\nnu'],
  ['`print(\\"a\\\\nb\\")`\\nnot text', '`print("a\\nb")`\nnot text'],
];

for (const [written, meant] of MEANT) t.test(`${written} means ${JSON.stringify(meant)}`, async (t) => t.equal(page(written), meant));

const DOUBTFUL = [
  String.raw`$\alpha$ first.\nu is next`, // A letter of somebody who forgets backslashes elsewhere, or a line that begins with "u".
  '$$\\nu = 3$$',
  'Save it to C:\\new today.',
  'one\\ntwo\\rthree',
  '`call new\\nJack()`',
];

for (const written of DOUBTFUL) {
  t.test(`${written} may mean either, so it is asked for again; who was told writes what he means`, async (t) => {
    t.match(read(written), { ok: false, problems: [/it cannot be told whether a backslash near .* is meant as text/] });
    t.ok(read(written, true).ok);
  });
}

t.test('a backslash in quotes of another kind is not guessed at', async (t) => {
  t.equal(readJsonObject(String.raw`{'pages': ['$\frac{1}{2}$',]}`, 'pages').ok, false);
});

const WORDS = fc.constantFrom(
  '\\frac{1}{2}', '\\nabla', '\\times', 'C:\\new\\table', '\\d+', '\n', '\n\n', '\t', '`', '$', '$$', '```', '``', ' ', '- ', 'nu', 'word', 'Another', '5', '"', "'", '{', '}', '\\',
);

t.test('what JSON.stringify writes is read as it was, whatever the text', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(WORDS, { maxLength: 30 }), (parts) => {
    // One that shows that backslashes are written twice.
    const text = `\\alpha ${parts.join('')}`;
    const reading = readJsonObject(JSON.stringify({ pages: [text] }), 'pages');
    return reading.ok && (reading.value as { pages: string[] }).pages[0] === text;
  }), { numRuns: 2000 }));
});

t.test('where nothing shows how backslashes are written it is read as it was, or asked for again, and never changed; who was told is taken at his word', async (t) => {
  const markdown = WORDS.filter((word) => !word.includes('\\'));
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(markdown, { maxLength: 40 }), (parts) => {
    const text = parts.join('');
    const [first, second] = [false, true].map((told) => readJsonObject(JSON.stringify({ pages: [text] }), 'pages', { told }));
    const isAsItWas = (reading: typeof first): boolean => reading?.ok === true && (reading.value as { pages: string[] }).pages[0] === text;
    // A blank alone in code, or between quotes there, is a backslash that was forgotten: it makes no other sense.
    if (/[`'"][\n\t]+[`'"]/.test(text)) return true;
    return (first?.ok === false || isAsItWas(first)) && isAsItWas(second);
  }), { numRuns: 5000 }));
});

for (const text of ['call `new\nJack()` and go on', 'Use a ` or a \'\n- one\n- two `here`', '- `a OR ``` ``\n- Strip ellipsis\n- `b`', '| a ` | b |\n| c | d ` |', 'Vitamin C:\nNutrients of it', 'If that file\nexists, two lines run\nparallel']) {
  t.test(`Markdown is not changed: ${JSON.stringify(text)}`, async (t) => {
    const json = JSON.stringify({ pages: [text] });
    const first = readJsonObject(json, 'pages');
    if (first.ok) t.strictSame(first.value, { pages: [text] });
    const told = readJsonObject(json, 'pages', { told: true });
    t.strictSame(told.ok && told.value, { pages: [text] });
  });
}

t.test('no text without a backslash is touched', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.json(), (json) => json.includes('\\') || mendBackslashes(json).json === json)));
});
