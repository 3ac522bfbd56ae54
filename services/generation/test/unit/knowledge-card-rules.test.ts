/** Which cards are valid, what is said about the others, and how a card is put together. */
import t from 'tap';
import { knowledgeCardSchema } from '@coursewright/events';
import { findKnowledgeCardProblems, keyIdeasOf, pagesForMinutes } from '../../src/domain/knowledge-card-rules.ts';
import { FIRST_PAGE, knowledgeCard, mapNode, PAGES } from '../fixtures/sample-course.ts';

const NODE = mapNode('left', 1, ['start']);
const [, SECOND_PAGE] = PAGES;
const TIP = '<EVOBK_EXPERT_TIP>Name events in the past tense.</EVOBK_EXPERT_TIP>';

/** Claims that a card of these pages has these problems, and no other. */
const refuses = (title: string, pages: readonly string[], ...reasons: readonly RegExp[]) =>
  t.test(title, async (t) => {
    const problems = findKnowledgeCardProblems(knowledgeCard(pages), NODE);
    t.equal(problems.length, reasons.length, problems.join(' '));
    for (const [index, reason] of reasons.entries()) t.match(problems[index], reason);
  });

const accepts = (title: string, pages: readonly string[]) => refuses(title, pages);

t.test('a page is eight minutes, from two pages to eight', async (t) => {
  const pages = [1, 4, 12, 19, 20, 21, 24, 59, 60, 64, 68, 480].map(pagesForMinutes);
  t.strictSame(pages, [2, 2, 2, 2, 3, 3, 3, 7, 8, 8, 8, 8]);
});

t.test('a composed card has the shape of a card, and mirrors itself in yaml', async (t) => {
  const card = knowledgeCard();
  t.ok(knowledgeCardSchema.safeParse(card).success);
  t.equal(card.yaml, 'type: knowledge_card\nnode_id: left\ntotalPagesInCard: 2\n');
  t.equal(card.markdown, `${FIRST_PAGE}\n\n<EVOBK_PAGE_BREAK />\n\n${SECOND_PAGE}`);
});

t.test('white space around pages is left out of a card', async (t) => {
  t.strictSame(knowledgeCard(PAGES.map((page) => `\n\n ${page} \n`)), knowledgeCard());
});

accepts('two good pages are a good card', PAGES);
accepts('a title of a third level is no second title', [FIRST_PAGE, `${SECOND_PAGE}\n\n### More\n\ntext`]);
accepts('two hashes inside a code fence are no title', [
  FIRST_PAGE,
  `${SECOND_PAGE}\n\n\`\`\`sh\n## a comment\n\`\`\``,
]);
accepts('two hashes inside a tilde fence are no title', [FIRST_PAGE, `${SECOND_PAGE}\n\n~~~\n## a comment\n~~~`]);
accepts('a fence of one kind does not end one of the other', [FIRST_PAGE, `${SECOND_PAGE}\n\n~~~\n\`\`\`\n## a\n~~~`]);
accepts('two hashes in mid-line are no title', [FIRST_PAGE, `${SECOND_PAGE}\n\nwrite ## for a title`]);

refuses('a page too few is counted', [FIRST_PAGE], /has 2 pages; this one has 1/);
refuses('a page too many is counted', [...PAGES, '## Three'], /has 2 pages; this one has 3/);
refuses(
  'a page that brings a page break is counted as two',
  [FIRST_PAGE, `${SECOND_PAGE} <EVOBK_PAGE_BREAK /> ## x`],
  /is 3/,
  /has 2 pages; this one has 3/,
);
refuses('a page without a title is named', [FIRST_PAGE, 'text'], /Page 2 begins/, /Page 2 has one line.*here are 0/);
refuses('a page that begins with something else is named', [FIRST_PAGE, 'text\n## Two'], /Page 2 begins/);
refuses(
  'a page with two titles is named',
  [FIRST_PAGE, `${SECOND_PAGE}\n\n## Again`],
  /Page 2 has one line.*here are 2/,
);
refuses(
  'a title after a fence that was closed counts',
  [FIRST_PAGE, `${SECOND_PAGE}\n\`\`\`\n\`\`\`\n## Again`],
  /here are 2/,
);
refuses('an empty page is named', [FIRST_PAGE, ''], /Page 2 begins/, /Page 2 has one line/);

refuses(
  'a first page without a box is told',
  [`## One\n\n${TIP}`, SECOND_PAGE],
  /exactly one <EVOBK_KEY_ELEMENTS>.*here are 0/,
);
refuses(
  'a first page with two boxes is told',
  [FIRST_PAGE + FIRST_PAGE.slice(FIRST_PAGE.indexOf('<EVOBK_KEY_E'), FIRST_PAGE.indexOf('<EVOBK_EXPERT')), SECOND_PAGE],
  /here are 2/,
  /inside the box/,
);
refuses(
  'a box that is not closed is told',
  [FIRST_PAGE.replace('</EVOBK_KEY_ELEMENTS>', ''), SECOND_PAGE],
  /here are 0/,
  /inside the box/,
);
refuses(
  'a box with one key is told',
  [FIRST_PAGE.replace('<EVOBK_KEY>state is a fold</EVOBK_KEY>', ''), SECOND_PAGE],
  /two or more <EVOBK_KEY>/,
);
refuses(
  'a key that is not closed is told',
  [FIRST_PAGE.replace('fold</EVOBK_KEY>', 'fold'), SECOND_PAGE],
  /two or more <EVOBK_KEY>/,
);
refuses(
  'a first page without a tip is told',
  [FIRST_PAGE.replace(TIP, ''), SECOND_PAGE],
  /<EVOBK_EXPERT_TIP>.*here are 0/,
);
refuses('a first page with two tips is told', [`${FIRST_PAGE}\n${TIP}`, SECOND_PAGE], /<EVOBK_EXPERT_TIP>.*here are 2/);
refuses(
  'a tip inside the box is told',
  [FIRST_PAGE.replace(`\n\n${TIP}`, '').replace('</EVOBK_KEY_E', `${TIP}\n</EVOBK_KEY_E`), SECOND_PAGE],
  /outside/,
);
refuses('a key outside the box is told', [`${FIRST_PAGE}\n<EVOBK_KEY>x</EVOBK_KEY>`, SECOND_PAGE], /inside the box/);
refuses('a tip on a later page is told', [FIRST_PAGE, `${SECOND_PAGE}\n${TIP}`], /page 1 alone; page 2/);
refuses('a key on a later page is told', [FIRST_PAGE, `${SECOND_PAGE}\n<EVOBK_KEY>x</EVOBK_KEY>`], /page 2 breaks/);
refuses(
  'half a box on a later page is told',
  [FIRST_PAGE, `${SECOND_PAGE}\n<EVOBK_KEY_ELEMENTS>`],
  /page 1 alone; page 2/,
);

t.test('a card for another node, of another count, or with another yaml is refused', async (t) => {
  const card = knowledgeCard();
  const problems = (changes: Partial<typeof card>) => findKnowledgeCardProblems({ ...card, ...changes }, NODE);
  t.match(problems({ node_id: 'right' }), [/for node left/, /yaml mirrors/]);
  t.match(problems({ totalPagesInCard: 3 }), [/totalPagesInCard is 2/, /yaml mirrors/]);
  t.match(problems({ yaml: 'type: knowledge_card' }), [/yaml mirrors/]);
  t.strictSame(problems({ yaml: `\n${card.yaml}\n\n` }), [], 'white space around yaml is nobody’s concern');
});

t.test('the key ideas of a card are what its keys say', async (t) => {
  t.strictSame(keyIdeasOf(knowledgeCard()), ['a fact is never changed', 'state is a fold']);
  t.strictSame(keyIdeasOf(knowledgeCard(['## One <EVOBK_KEY>  </EVOBK_KEY>', '<EVOBK_KEY>half'])), []);
});

t.test('a page of 200,000 opening tags is judged with little work', async (t) => {
  const startedAt = process.cpuUsage();
  for (const tag of ['<EVOBK_KEY>', '<EVOBK_KEY_ELEMENTS>', '</EVOBK_EXPERT_TIP>', '```\n', '## \n', '<']) {
    const flood = tag.repeat(200_000 / tag.length);
    t.ok(findKnowledgeCardProblems(knowledgeCard([flood, flood]), NODE).length > 0);
  }
  const { user, system } = process.cpuUsage(startedAt);
  t.ok(user + system < 4_000_000, `${(user + system) / 1000} ms of the processor`);
});
