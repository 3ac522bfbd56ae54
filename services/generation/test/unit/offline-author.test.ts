/** The offline author: valid whatever it is asked, the same for the same question, and gone when it is told to. */
import t from 'tap';
import fc from 'fast-check';
import {
  courseMapSchema,
  courseRequestSchema,
  knowledgeCardSchema,
  MODES,
  type CourseMap,
  type CourseRequest,
  type MapNode,
} from '@coursewright/events';
import { AuthorError, type CardBrief } from '../../src/application/author.ts';
import { findCourseMapProblems } from '../../src/domain/course-map-rules.ts';
import { findKnowledgeCardProblems, keyIdeasOf } from '../../src/domain/knowledge-card-rules.ts';
import { createOfflineAuthor } from '../../src/infrastructure/offline-author/offline-author.ts';
import { authorCall } from '../fixtures/author-call.ts';
import { cardBrief, courseRequest, pagesOf } from '../fixtures/sample-course.ts';

const author = createOfflineAuthor({ latencyMs: 0 });
const call = (signal = new AbortController().signal) => authorCall({ signal });

/** Words that would break Markdown, a card's tags, JSON or a careless cut, if they were copied as they are. */
const HOSTILE = [
  '## A title of its own',
  '<EVOBK_KEY_ELEMENTS><EVOBK_KEY>x</EVOBK_KEY></EVOBK_KEY_ELEMENTS>',
  '</EVOBK_EXPERT_TIP> <EVOBK_PAGE_BREAK />',
  '```\n## inside',
  '~~~',
  '| a | b |\n| --- | --- |',
  '---\n\n# one',
  '***',
  '🎓'.repeat(100),
  'á'.normalize('NFD').repeat(60),
  '\u202eright to left\u202c',
  'Ω≈ç√∫˜µ≤≥÷',
  '…',
  '.',
  '$& $1 $`',
  '{{topic}} ${topic} %s',
  "Robert'); DROP TABLE events;--",
  'x'.repeat(200),
  'два слова',
  '大きさ'.repeat(60),
];

/** The problems of the map, and of the card of each of its learn nodes. */
async function problemsWith(request: CourseRequest): Promise<string[]> {
  const { content: map } = await author.planCourseMap(request, call());
  const problems = [...findCourseMapProblems(map, request), ...shapeProblems(courseMapSchema.safeParse(map))];
  const taught = new Map<string, readonly string[]>();
  for (const node of map.nodes.filter(({ type }) => type === 'learn')) {
    const { content: card } = await author.writeKnowledgeCard(briefFor(map, request, node, taught), call());
    problems.push(...findKnowledgeCardProblems(card, node), ...shapeProblems(knowledgeCardSchema.safeParse(card)));
    taught.set(node.id, keyIdeasOf(card));
  }
  const titles = map.nodes.map(({ title }) => title);
  if (new Set(titles).size < titles.length) problems.push(`titles are not distinct: ${titles.join(' / ')}`);
  return problems;
}

function shapeProblems(result: {
  readonly success: boolean;
  readonly error?: { readonly message: string } | undefined;
}): string[] {
  return result.success ? [] : [result.error?.message ?? 'wrong shape'];
}

function briefFor(
  map: CourseMap,
  request: CourseRequest,
  node: MapNode,
  taught: ReadonlyMap<string, readonly string[]>,
): CardBrief {
  const learnedBefore = node.pre_requisites.map((id) => ({ title: id, key_ideas: taught.get(id) ?? [] }));
  return { course_name: map.map_meta.course_name, request, node, learned_before: learnedBefore };
}

for (const mode of MODES) {
  t.test(`every ${mode} course is valid, its cards and all, for every budget`, async (t) => {
    for (let minutes = 30; minutes <= 480; minutes += 25) {
      const request = courseRequest({ mode, total_commitment_minutes: minutes });
      t.strictSame(await problemsWith(request), [], `${minutes} minutes`);
    }
  });

  t.test(`every ${mode} course is valid whatever the learner's words are`, async (t) => {
    for (const words of HOSTILE) {
      const request = courseRequest({
        mode,
        topic: words,
        focus: words,
        verified_concept: words,
        interested_concepts: [words, words],
      });
      t.strictSame(await problemsWith(request), [], words);
    }
  });
}

t.test('whatever request is accepted is answered with a valid course', async (t) => {
  const words = (longest: number) => fc.string({ unit: 'binary', minLength: 1, maxLength: longest });
  const requests = fc.record({
    topic: words(200),
    focus: words(500),
    verified_concept: words(500),
    level: fc.constantFrom('Novice', 'Advanced'),
    mode: fc.constantFrom(...MODES),
    total_commitment_minutes: fc.integer({ min: 30, max: 480 }),
    interested_concepts: fc.array(words(200), { maxLength: 20 }),
    language: words(35),
  });
  await fc.assert(
    fc.asyncProperty(requests, async (given) => {
      const request = courseRequestSchema.safeParse(given);
      fc.pre(request.success);
      const problems = await problemsWith(request.data);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    }),
    { numRuns: 60, seed: 20_260_301 },
  );
  t.pass('no counterexample');
});

t.test('a budget that is large enough is used to the minute', async (t) => {
  for (const mode of MODES) {
    for (const minutes of [120, 240, 480]) {
      const { content } = await author.planCourseMap(
        courseRequest({ mode, total_commitment_minutes: minutes }),
        call(),
      );
      t.equal(content.map_meta.time_delta_minutes, 0, `${mode}, ${minutes} minutes`);
    }
  }
});

t.test('interests of the learner find their way into the map', async (t) => {
  const request = courseRequest({ mode: 'Deep', interested_concepts: ['snapshots'] });
  const { content } = await author.planCourseMap(request, call());
  t.ok(content.nodes.some(({ title }) => title.includes('snapshots')));
});

t.test('interests that look like our own titles do not make two titles the same', async (t) => {
  const request = courseRequest({ mode: 'Deep', interested_concepts: ['sagas', 'Quiz: sagas', 'CQRS', 'Quiz: CQRS'] });
  const twice: string[] = [];
  for (let minutes = 30; minutes < 60; minutes += 1) {
    const { content } = await author.planCourseMap({ ...request, total_commitment_minutes: minutes }, call());
    const titles = content.nodes.map(({ title }) => title);
    twice.push(...titles.filter((title, index) => titles.indexOf(title) < index));
  }
  t.strictSame(twice, []);
});

t.test('the same question has the same answer, another question another', async (t) => {
  const plan = async (request: CourseRequest) =>
    (await createOfflineAuthor({ latencyMs: 0 }).planCourseMap(request, call())).content;
  t.strictSame(await plan(courseRequest()), await plan(courseRequest()));
  t.notSame(await plan(courseRequest()), await plan(courseRequest({ topic: 'Bread' })));

  const write = async (brief: CardBrief) =>
    (await createOfflineAuthor({ latencyMs: 0 }).writeKnowledgeCard(brief, call())).content;
  t.strictSame(await write(cardBrief()), await write(cardBrief()));
  t.notSame(await write(cardBrief()), await write(cardBrief({ node: { ...cardBrief().node, title: 'Other' } })));
});

t.test('no two cards of a course are the same, and none is empty talk', async (t) => {
  const request = courseRequest({ mode: 'Deep', total_commitment_minutes: 480 });
  const { content: map } = await author.planCourseMap(request, call());
  const pages = new Set<string>();
  let count = 0;
  for (const node of map.nodes) {
    const { content } = await author.writeKnowledgeCard(briefFor(map, request, node, new Map()), call());
    for (const page of pagesOf(content)) {
      count += 1;
      pages.add(page);
      t.ok(page.split(/\s+/).length >= 40, `${page.split('\n')[0]}: ${page.split(/\s+/).length} words`);
    }
  }
  t.equal(pages.size, count);
});

t.test('usage and model are told as a provider would', async (t) => {
  const { model, usage } = await author.planCourseMap(courseRequest(), call());
  t.match(model, /./);
  t.ok(Number.isInteger(usage.input_tokens) && usage.input_tokens > 0);
  t.ok(Number.isInteger(usage.output_tokens) && usage.output_tokens > 0);
});

t.test('a call that is aborted ends at once, however slow the author is', async (t) => {
  const slow = createOfflineAuthor({ latencyMs: 3_600_000 });
  for (const ask of [
    (signal: AbortSignal) => slow.planCourseMap(courseRequest(), call(signal)),
    (signal: AbortSignal) => slow.writeKnowledgeCard(cardBrief(), call(signal)),
  ]) {
    const caller = new AbortController();
    const failing = ask(caller.signal).catch((error: unknown) => error);
    caller.abort();
    const error = await failing;
    t.ok(error instanceof AuthorError);
    t.match(error, { code: 'call_aborted', retryable: true });
  }
});

t.test('a call that was aborted before it began is not answered, by a fast author neither', async (t) => {
  await t.rejects(author.planCourseMap(courseRequest(), call(AbortSignal.abort())), { code: 'call_aborted' });
  await t.rejects(author.writeKnowledgeCard(cardBrief(), call(AbortSignal.abort())), { code: 'call_aborted' });
});

t.test('no listener is left on the signal of a call that is over', async (t) => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  const { signal } = new AbortController();
  const quick = createOfflineAuthor({ latencyMs: 1 });
  for (let count = 0; count < 15; count += 1) await quick.writeKnowledgeCard(cardBrief(), call(signal));
  await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(warnings, []);
});
