/** What the offline author promises beyond validity, and which lines of a page count as its title. */
import t from 'tap';
import { LEVELS, MODES, PAGE_BREAK, type CourseRequest, type MapNode } from '@coursewright/events';
import { findKnowledgeCardProblems } from '../../src/domain/knowledge-card-rules.ts';
import { createOfflineAuthor } from '../../src/infrastructure/offline-author/offline-author.ts';
import { authorCall } from '../fixtures/author-call.ts';
import { courseRequest, FIRST_PAGE, knowledgeCard, mapNode, PAGES } from '../fixtures/sample-course.ts';

const author = createOfflineAuthor({ latencyMs: 0 });
const call = authorCall();
const BUDGETS = [30, 31, 60, 240, 480];

function* requests(): Generator<CourseRequest> {
  for (const mode of MODES)
    for (const level of LEVELS)
      for (const total_commitment_minutes of BUDGETS) yield courseRequest({ mode, level, total_commitment_minutes });
}

const plan = async (request: CourseRequest) => (await author.planCourseMap(request, call)).content;

t.test('what a node builds on is taught: no node follows quizzes alone', async (t) => {
  for (const request of requests()) {
    const { nodes } = await plan(request);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const requiredBy = (node: MapNode) => node.pre_requisites.map((id) => byId.get(id));
    const orphans = nodes.filter((node) => node.layer > 0 && !requiredBy(node).some((other) => other?.type === 'learn'));
    t.strictSame(orphans, []);
    if (request.mode !== 'Light') t.ok(nodes.some(({ type }) => type === 'quiz'), 'there is a quiz');
    for (const node of nodes) {
      t.ok(node.estimated_minutes >= 4);
      t.ok(requiredBy(node).every((other) => (other?.reward_multiplier ?? 9) < node.reward_multiplier), 'depth pays');
    }
    t.equal(Math.max(request.total_commitment_minutes, 4 * nodes.length), nodes.reduce((sum, n) => sum + n.estimated_minutes, 0));
  }
});

t.test('a page has 150 to 300 words; a card has a table and a listing, and no paragraph twice', async (t) => {
  for (const request of requests()) {
    const map = await plan(request);
    for (const node of map.nodes.filter(({ type }) => type === 'learn')) {
      const brief = { course_name: map.map_meta.course_name, request, node, learned_before: [] };
      const { markdown } = (await author.writeKnowledgeCard(brief, call)).content;
      for (const page of markdown.split(PAGE_BREAK)) {
        const words = page.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
        if (words < 150 || words > 300) t.fail(`${node.title}: ${words} words`);
      }
      if (!markdown.includes('\n| --- |') || !markdown.includes('\n```text\n')) t.fail(`${node.title}: no table or no listing`);
      const paragraphs = markdown.split('\n\n').filter((paragraph) => paragraph !== PAGE_BREAK);
      if (new Set(paragraphs).size < paragraphs.length) t.fail(`${node.title}: a paragraph twice`);
    }
  }
  t.pass('every page of every card was read');
});

t.test('the order of a request’s fields does not matter, another salt does', async (t) => {
  const request = courseRequest({ mode: 'Deep' });
  const reversed = Object.fromEntries(Object.entries(request).reverse()) as CourseRequest;
  t.strictSame(await plan(reversed), await plan(request));
  const salted = createOfflineAuthor({ latencyMs: 0, seedSalt: 'b' });
  t.notSame((await salted.planCourseMap(request, call)).content, await plan(request));
});

const [, SECOND_PAGE = ''] = PAGES;
const judge = (text: string) => findKnowledgeCardProblems(knowledgeCard([FIRST_PAGE, `${SECOND_PAGE}\n\n${text}`]), mapNode('left', 1, ['start']));
const FENCED = ['````md\n```\n## x\n```\n````', '```\n```js\n## x\n```', '   ```\n## x\n   ```', '```\r\n## x\r\n```'];
const TITLES = ['```x```\n\n## second', '    ```\n\n## second', '  ## second', '##\tsecond', 'text\r## second'];

t.test('a fence ends with its own kind, as long at least and with nothing behind it', async (t) => {
  for (const text of FENCED) t.strictSame(judge(text), [], JSON.stringify(text));
});

t.test('whatever Markdown shows as a second title is refused', async (t) => {
  for (const text of TITLES) t.match(judge(text), [/here are 2/], JSON.stringify(text));
});

t.test('an empty title, key or tip, and a box inside the tip, are refused', async (t) => {
  const refused = (first: string, second = SECOND_PAGE) => findKnowledgeCardProblems(knowledgeCard([first, second]), mapNode('left', 1, ['start']));
  t.match(refused(FIRST_PAGE, '##  \ntext'), [/its title/]);
  t.match(refused(FIRST_PAGE.replace('state is a fold', ' ')), [/none of them empty/]);
  t.match(refused(FIRST_PAGE.replace('Name events in the past tense.', '')), [/is empty/]);
  const nested = FIRST_PAGE.replace('<EVOBK_EXPERT_TIP>Name events in the past tense.</EVOBK_EXPERT_TIP>', '</EVOBK_EXPERT_TIP>')
    .replace('<EVOBK_KEY_ELEMENTS>', '<EVOBK_EXPERT_TIP><EVOBK_KEY_ELEMENTS>');
  t.match(refused(nested), [/stands outside/]);
});

t.test('ten thousand page breaks are told in a few sentences', async (t) => {
  const problems = findKnowledgeCardProblems(knowledgeCard([PAGE_BREAK.repeat(10_000)]), mapNode('left', 1, ['start']));
  t.ok(problems.length < 40, `${problems.length}`);
});
