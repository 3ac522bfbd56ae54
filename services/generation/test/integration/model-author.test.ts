/** What the author makes of a model's answers: content that obeys the rules, after one repair at most. */
import t, { type Test } from 'tap';
import { courseMapSchema, knowledgeCardSchema, type CourseRequest, type MapNode } from '@coursewright/events';
import { AuthorError } from '../../src/application/author.ts';
import { findCourseMapProblems } from '../../src/domain/course-map-rules.ts';
import { findKnowledgeCardProblems } from '../../src/domain/knowledge-card-rules.ts';
import { authorCall, forgetfulJournal } from '../fixtures/author-call.ts';
import { createModelAuthor, type ModelAuthorSettings } from '../../src/infrastructure/model-author/model-author.ts';
import {
  answerWell,
  startScriptedModelServer,
  type ModelReply,
  type ModelRequest,
  type ModelScript,
} from '../fixtures/scripted-model-server.ts';

const request: CourseRequest = {
  topic: 'Sourdough',
  level: 'Beginner',
  focus: 'crumb',
  verified_concept: 'yeast',
  mode: 'Light',
  total_commitment_minutes: 90,
};
const node: MapNode = {
  id: 'n3',
  title: 'Folding',
  description: 'How to fold',
  type: 'learn',
  layer: 1,
  pre_requisites: ['n1'],
  estimated_minutes: 16,
  reward_multiplier: 1.5,
};
const brief = {
  course_name: 'Bread',
  request,
  node,
  learned_before: [{ title: 'Flour', key_ideas: ['Gluten holds gas'] }],
};
const call = () => authorCall({ correlationId: 'course 1 / n3' });

async function authorAgainst(t: Test, script: ModelScript, settings: Partial<ModelAuthorSettings> = {}) {
  const server = await startScriptedModelServer(script);
  t.teardown(() => server.close());
  return {
    server,
    author: createModelAuthor({ baseUrl: server.baseUrl, model: 'some-model', timeoutMs: 20_000, journal: forgetfulJournal(), ...settings }),
  };
}

/** Plays the replies one after another; more requests than replies is a failure that names itself. */
function inTurn(...replies: (ModelReply | 'well')[]): ModelScript {
  return (asked) => {
    const reply = replies[asked.number - 1];
    if (reply === undefined) throw new Error(`request ${asked.number} was not expected`);
    return reply === 'well' ? answerWell(asked) : reply;
  };
}

/** The content of a good answer to this request, to be spoilt by a test. */
const goodContent = (asked: ModelRequest): Record<'nodes' | 'pages', unknown[]> =>
  (answerWell(asked) as { content: Record<'nodes' | 'pages', unknown[]> }).content;

/** A good answer to this request, with another ending or bill. */
const goodAnswer = (asked: ModelRequest, but: Partial<ModelReply>): ModelReply =>
  ({ ...answerWell(asked), ...but }) as ModelReply;

t.test('a good plan becomes a valid map whose minutes are added up here', async (t) => {
  const { server, author } = await authorAgainst(t, answerWell);
  const { content, model, usage } = await author.planCourseMap(request, call());
  t.ok(courseMapSchema.safeParse(content).success);
  t.strictSame(findCourseMapProblems(content, request), []);
  const sum = content.nodes.reduce((minutes, { estimated_minutes }) => minutes + estimated_minutes, 0);
  t.match(content.map_meta, {
    mode: 'Light',
    time_budget_minutes: 90,
    time_sum_minutes: sum,
    time_delta_minutes: sum - 90,
  });
  t.equal(model, 'scripted-1', 'the model as the provider names it');
  t.strictSame(usage, { input_tokens: 100, output_tokens: 200 });
  t.equal(server.requests.length, 1);
});

t.test('a good card becomes a valid card', async (t) => {
  const { server, author } = await authorAgainst(t, answerWell);
  const { content } = await author.writeKnowledgeCard(brief, call());
  t.ok(knowledgeCardSchema.safeParse(content).success);
  t.strictSame(findKnowledgeCardProblems(content, node), []);
  t.equal(content.node_id, 'n3');
  t.match(server.requests, [{ kind: 'card', isRepair: false }]);
});

t.test(
  'the request carries model, key, correlation id, schema and the data, and no number of minutes to add',
  async (t) => {
    const { server, author } = await authorAgainst(t, answerWell, { apiKey: 'secret-key-1' });
    await author.planCourseMap(request, call());
    const [asked] = server.requests;
    t.match(asked, { model: 'some-model', kind: 'plan', hasSchema: true, data: request });
    t.equal(asked?.headers.authorization, 'Bearer secret-key-1');
    t.equal(asked?.headers['x-correlation-id'], 'course%201%20%2F%20n3');
    const { response_format: format } = JSON.parse(asked?.body ?? '') as {
      response_format: { type: string; json_schema: { schema: { properties: object } } };
    };
    t.equal(format.type, 'json_schema');
    t.strictSame(Object.keys(format.json_schema.schema.properties), ['course_name', 'strategy_rationale', 'nodes']);
  },
);

t.test('a plan that wraps its JSON in a fence and a sentence costs no second call', async (t) => {
  const { server, author } = await authorAgainst(t, (asked) => ({
    do: 'answer',
    content: ['Here:', '```json', JSON.stringify({ ...goodContent(asked), extra: 1 }), '```', 'Enjoy.'].join('\n'),
  }));
  await author.planCourseMap(request, call());
  t.equal(server.requests.length, 1);
});

t.test('a card behind a draft in its thoughts costs one call, and the draft is published nowhere', async (t) => {
  const { server, author } = await authorAgainst(t, (asked) => {
    const good = goodContent(asked);
    const draft = { ...good, pages: good.pages.map((page) => `${String(page)} DRAFT`) };
    return { do: 'answer', content: `Let me think. ${JSON.stringify(draft)} is too thin.\n</think>\n\n${JSON.stringify(good)}` };
  });
  const { content } = await author.writeKnowledgeCard(brief, call());
  t.notMatch(content.markdown, /DRAFT/);
  t.equal(server.requests.length, 1);
});

t.test('formulas and paths whose backslashes are written once keep them, in one call', async (t) => {
  const { server, author } = await authorAgainst(t, (asked) => {
    const [first, ...rest] = goodContent(asked).pages.map(String);
    const written = JSON.stringify({ pages: [`${first ?? ''} FORMULA`, ...rest] });
    return { do: 'answer', content: written.replace('FORMULA', () => String.raw`$\frac{a}{b} \times \nabla f$ and \`C:\new\table\``) };
  });
  const { content } = await author.writeKnowledgeCard(brief, call());
  t.ok(content.markdown.includes(String.raw`$\frac{a}{b} \times \nabla f$ and \`C:\new\table\``), content.markdown);
  t.equal(server.requests.length, 1);
});

t.test('a backslash that may mean either is asked about once, and then believed', async (t) => {
  const { server, author } = await authorAgainst(t, (asked) => {
    const [first, ...rest] = goodContent(asked).pages.map(String);
    return { do: 'answer', content: JSON.stringify({ pages: [`${first ?? ''} FORMULA`, ...rest] }).replace('FORMULA', () => String.raw`$$\nu = 3$$`) };
  });
  const { content } = await author.writeKnowledgeCard(brief, call());
  t.match(content.markdown, /\$\$\nu = 3\$\$/);
  t.match(server.requests, [{ isRepair: false }, { isRepair: true }]);
});

t.test('pages that bring their own page breaks, in one string, cost no second call', async (t) => {
  const { server, author } = await authorAgainst(t, (asked) => ({
    do: 'answer',
    content: { pages: [`${goodContent(asked).pages.join('\n<EVOBK_PAGE_BREAK />\n')}\n<EVOBK_PAGE_BREAK />`] },
  }));
  const { content } = await author.writeKnowledgeCard(brief, call());
  t.strictSame(findKnowledgeCardProblems(content, node), []);
  t.equal(server.requests.length, 1);
});

t.test('a plan that breaks the rules is asked for once more, with the answer and the reasons', async (t) => {
  const broken = (asked: ModelRequest) => ({ ...goodContent(asked), nodes: goodContent(asked).nodes.slice(0, 2) });
  const { server, author } = await authorAgainst(t, (asked) =>
    asked.isRepair ? answerWell(asked) : { do: 'answer', content: broken(asked) },
  );
  const { content, usage } = await author.planCourseMap(request, call());
  t.strictSame(findCourseMapProblems(content, request), []);
  t.strictSame(usage, { input_tokens: 200, output_tokens: 400 }, 'both answers were paid for');
  t.match(server.requests, [{ isRepair: false }, { isRepair: true }]);
  const { messages } = JSON.parse(server.requests[1]!.body) as { messages: { role: string; content: string }[] };
  t.strictSame(
    messages.map(({ role }) => role),
    ['system', 'user', 'assistant', 'user'],
  );
  t.match(messages[2]!.content, 'strategy_rationale');
  t.match(messages[3]!.content, /A Light map has 5 to 8 nodes; this one has 2/);
});

t.test('a huge wrong answer is cut before it is shown to the model again', async (t) => {
  const { server, author } = await authorAgainst(t, inTurn({ do: 'answer', content: 'x'.repeat(300_000) }, 'well'));
  await author.planCourseMap(request, call());
  t.ok(Number(server.requests[1]?.headers['content-length']) < 60_000);
});

t.test('two answers that break the rules fail, retryably, with bounded reasons and the whole bill', async (t) => {
  const content = { course_name: '', strategy_rationale: 'x', nodes: Array.from({ length: 49 }, () => ({})) };
  const { server, author } = await authorAgainst(t, () => ({ do: 'answer', content }));
  const error = await author.planCourseMap(request, call()).catch((reason: unknown) => reason as AuthorError);
  if (!(error instanceof AuthorError)) throw new Error('the call succeeded');
  t.match(error, { code: 'model_answer_invalid', retryable: true, usage: { input_tokens: 200, output_tokens: 400 } });
  t.match(error.message, /nodes\.0\.id/);
  t.ok(error.message.length <= 500);
  t.equal(server.requests.length, 2, 'no third question');
});

for (const [what, content, problem] of [
  ['an empty answer', '', /the answer is empty/],
  ['no content at all', null, /the answer is empty/],
  ['a web page', '<html><body>Hello</body></html>', /holds no JSON object/],
  ['JSON that stops half-way', '{"pages": ["## One\\n\\nAnd th', /stops before its end/],
  ['JSON of another shape', '{"chapters": []}', /pages: /],
  ['a card for another node', '{"node_id": "n9", "pages": ["## One", "## Two"]}', /another node/],
  ['JSON nested 100,000 deep', `{"pages": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /not valid JSON|pages/],
] as const) {
  t.test(`${what} is asked for again, then fails with the reason`, async (t) => {
    const { server, author } = await authorAgainst(t, () => ({ do: 'answer', content }));
    await t.rejects(author.writeKnowledgeCard(brief, call()), {
      code: 'model_answer_invalid',
      retryable: true,
      message: problem,
    });
    t.equal(server.requests.length, 2);
    server.follow((asked) => (asked.isRepair || asked.number > 3 ? answerWell(asked) : { do: 'answer', content }));
    t.equal((await author.writeKnowledgeCard(brief, call())).content.node_id, 'n3', 'and one good answer is enough');
  });
}

for (const [finishReason, problem] of [
  ['length', /cut off at the limit/],
  ['max_tokens', /cut off at the limit/],
  ['MAX_TOKENS', /cut off at the limit/],
  ['model_length', /cut off at the limit/],
  ['SAFETY', /content filter/],
  ['content_filter', /content filter/],
] as const) {
  t.test(`an answer that ended by "${finishReason}" is not used, whole as it may look`, async (t) => {
    const { author } = await authorAgainst(t, (asked) => goodAnswer(asked, { finishReason }));
    await t.rejects(author.writeKnowledgeCard(brief, call()), { code: 'model_answer_invalid', message: problem });
  });
}

t.test('NUL and halves of surrogate pairs never come out of the author', async (t) => {
  const { author } = await authorAgainst(t, (asked) => {
    const spoilt = JSON.stringify(goodContent(asked)).replaceAll('the', 't\\u0000he\\ud83d\\u001b');
    return { do: 'answer', content: spoilt, model: 'bad\u0000name\ud83d' };
  });
  for (const authored of [
    await author.planCourseMap(request, call()),
    await author.writeKnowledgeCard(brief, call()),
  ]) {
    const stored = JSON.stringify(authored);
    t.notMatch(stored, /\\u0000|\\ud83d|\\u001b/);
    t.match(stored, '\ufffd', 'the broken halves are replaced, so the spoiling did take place');
    t.match(authored.model, /^badname/);
  }
});

t.test('an answer without token counts, or with absurd ones, is an answer that cost nothing we know of', async (t) => {
  const { author } = await authorAgainst(t, (asked) => goodAnswer(asked, { tokens: [-5, 1e300] }));
  t.strictSame((await author.planCourseMap(request, call())).usage, { input_tokens: 0, output_tokens: 0 });
});

t.test('a call for a tool is an answer without content, and no tool is called', async (t) => {
  const message = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'shell', arguments: '{}' } }],
  };
  const body = JSON.stringify({ choices: [{ message, finish_reason: 'tool_calls' }] });
  const { server, author } = await authorAgainst(t, () => ({ do: 'send', body }));
  await t.rejects(author.planCourseMap(request, call()), { code: 'model_answer_invalid', message: /empty/ });
  t.equal(server.requests.length, 2);
});

t.test('a provider that knows no schemas is asked without one, and never again with one', async (t) => {
  const { server, author } = await authorAgainst(t, (asked) =>
    asked.hasSchema
      ? { do: 'send', status: 400, body: '{"error": {"message": "response_format is unknown"}}' }
      : answerWell(asked),
  );
  await author.planCourseMap(request, call());
  await author.writeKnowledgeCard(brief, call());
  t.strictSame(
    server.requests.map(({ hasSchema }) => hasSchema),
    [true, false, false],
  );
});

t.test('a hundred calls at once do not mix up their answers', async (t) => {
  const { author } = await authorAgainst(t, answerWell);
  const cards = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      author.writeKnowledgeCard({ ...brief, node: { ...node, id: `n${index}` } }, call()),
    ),
  );
  cards.forEach(({ content }, index) => t.equal(content.node_id, `n${index}`));
});

t.test('a model that said nothing is not quoted: providers refuse an empty turn', async (t) => {
  const { server, author } = await authorAgainst(t, inTurn({ do: 'answer', content: ' ' }, 'well'));
  await author.planCourseMap(request, call());
  const { messages } = JSON.parse(server.requests[1]?.body ?? '') as { messages: { role: string }[] };
  t.strictSame(
    messages.map(({ role }) => role),
    ['system', 'user', 'user'],
  );
});

t.test("nothing is written to the console, and the SDK's warnings are off", async (t) => {
  const written: unknown[] = [];
  const onWarning = (warning: Error) => written.push(warning.message);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    t.intercept(console, level, { value: (...words: unknown[]) => written.push(words) });
  const { author } = await authorAgainst(
    t,
    inTurn(
      { do: 'send', status: 400, body: '' },
      'well',
      { do: 'answer', content: 'no' },
      { do: 'send', status: 503, body: '' },
    ),
  );
  await author.planCourseMap(request, call());
  await author.planCourseMap(request, call()).catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(written, []);
  t.equal(globalThis.AI_SDK_LOG_WARNINGS, false);
});

/** What a model may do to a valid plan, and the reason that it is then told. */
const SPOILT_PLANS: readonly (readonly [what: string, spoil: (nodes: MapNode[]) => unknown[], reason: RegExp])[] = [
  ['a cycle', ([first, ...rest]) => [{ ...first, pre_requisites: [rest.at(-1)?.id] }, ...rest], /earlier layer/],
  ['a node that requires itself', ([first, ...rest]) => [{ ...first, pre_requisites: [first?.id] }, ...rest], /itself/],
  [
    'a prerequisite that is not there',
    ([first, ...rest]) => [{ ...first, pre_requisites: ['ghost'] }, ...rest],
    /ghost/,
  ],
  ['one id for all', (nodes) => nodes.map((one) => ({ ...one, id: 'n1' })), /the id n1/],
  ['an id that is a path', ([first, ...rest]) => [{ ...first, id: '../n1' }, ...rest], /nodes\.0\.id/],
  ['a layer below zero', ([first, ...rest]) => [{ ...first, layer: -1 }, ...rest], /nodes\.0\.layer/],
  ['a multiplier of four', ([first, ...rest]) => [{ ...first, reward_multiplier: 4 }, ...rest], /reward_multiplier/],
  ['a node without a title', ([first, ...rest]) => [{ ...first, title: '' }, ...rest], /nodes\.0\.title/],
  [
    'a title beyond all bounds',
    ([first, ...rest]) => [{ ...first, title: 'x'.repeat(201) }, ...rest],
    /nodes\.0\.title/,
  ],
  ['a type of its own', ([first, ...rest]) => [{ ...first, type: 'video' }, ...rest], /nodes\.0\.type/],
  ['no nodes', () => [], /nodes/],
  [
    'a thousand nodes',
    ([first]) => Array.from({ length: 1000 }, (_, index) => ({ ...first, id: `n${index}` })),
    /nodes/,
  ],
  [
    'minutes that add up to no number',
    (nodes) => nodes.map((one) => ({ ...one, estimated_minutes: 1e308 })),
    /minutes/,
  ],
];

for (const [what, spoil, reason] of SPOILT_PLANS) {
  t.test(`a plan with ${what} is asked for again with the reason, and never comes out`, async (t) => {
    const { server, author } = await authorAgainst(t, (asked) => {
      const content = goodContent(asked);
      return { do: 'answer', content: { ...content, nodes: spoil(content.nodes as MapNode[]) } };
    });
    await t.rejects(author.planCourseMap(request, call()), { code: 'model_answer_invalid', retryable: true });
    t.match((JSON.parse(server.requests[1]!.body) as { messages: { content: string }[] }).messages[3]?.content, reason);
  });
}

t.test('of a provider that repeats the whole prompt in its error, no more than a short quote is told', async (t) => {
  for (const status of [400, 401, 429, 500]) {
    const { author } = await authorAgainst(t, ({ body }) => ({
      do: 'send',
      status,
      body: JSON.stringify({ error: { message: `cannot parse: ${body}` } }),
    }));
    const error = await author.planCourseMap(request, call()).catch((reason: unknown) => reason as AuthorError);
    if (!(error instanceof AuthorError)) throw new Error('the call succeeded');
    t.match(error.message, /cannot parse/);
    t.ok(error.message.length < 400, `status ${status}: ${error.message.length} characters`);
    t.notMatch(error.message, request.topic);
  }
});
