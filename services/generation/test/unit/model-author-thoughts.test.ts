/**
 * What a model thinks is never published: drafts in any dress, answers that it withdraws, and examples in braces are told from the answer.
 */
import t from 'tap';
import { readJsonObject } from '../../src/infrastructure/model-author/lenient-json.ts';

const GOOD = JSON.stringify({ node_id: 'n1', pages: ['## The answer\n\nIt has {braces} and "quotes".'] });
const DRAFT = JSON.stringify({ node_id: 'n1', pages: ['## A draft\n\nToo thin.'] });
const SCHEMA = '{"type":"object","properties":{"node_id":{"type":"string"},"pages":{"type":"array"}}}';
const read = (text: string) => readJsonObject(text, 'pages');

const ANSWERED: Readonly<Record<string, string>> = {
  'thoughts without an opening tag': `First a draft: ${DRAFT}\nThat is too thin, I will rewrite it.\n</think>\n\n${GOOD}`,
  'braces in thoughts without an opening tag': `The set {1, 2} and the object {"node_id": ...} come to mind.\n</think>\n\n${GOOD}`,
  'two blocks of thoughts': `<think>one {"a":1}</think>\n<think>two ${DRAFT}</think>\n${GOOD}`,
  'an empty block': `<think></think>${GOOD}`,
  'a word before the thoughts': `Sure.\n<think>maybe {x} or ${DRAFT}</think>\n${GOOD}`,
  'another tag': `<thinking>\nplan: ${DRAFT}\n</thinking>\n${GOOD}`,
  'tags of a third name, in capitals': `<Reasoning>${DRAFT}</Reasoning>${GOOD}`,
  'a scratchpad': `<scratchpad>${DRAFT}</scratchpad>\nHere it is: ${GOOD}`,
  'brackets': `[THINK]${DRAFT}[/THINK]${GOOD}`,
  'triangles': `◁think▷${DRAFT}◁/think▷${GOOD}`,
  'tokens of a model': `<|START_THINKING|>${DRAFT}<|END_THINKING|><|START_RESPONSE|>${GOOD}<|END_RESPONSE|>`,
  'the end of a thought as a token alone': `${DRAFT}<|end_of_thought|>${GOOD}`,
  'channels': `<|channel|>analysis<|message|>We need JSON. Draft ${DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>${GOOD}<|return|>`,
  'channels with a type': `<|channel|>analysis<|message|>${DRAFT}<|end|><|start|>assistant<|channel|>final<|constrain|>json<|message|>${GOOD}`,
  'channels whose tokens a server has cut out': `analysisWe need JSON. Draft ${DRAFT}assistantfinal${GOOD}`,
  'a tag with a blank': `<think >${DRAFT}</think >${GOOD}`,
  'a tag with an attribute': `<thinking depth="3">${DRAFT}</thinking>${GOOD}`,
  'a process of thought': `<thought_process>${DRAFT}</thought_process>${GOOD}`,
  'tokens of another model': `<|thinking|>${DRAFT}<|/thinking|>${GOOD}`,
  'tokens with long dashes': `<|begin▁of▁thought|>${DRAFT}<|end▁of▁thought|>${GOOD}`,
  'words of a line of their own': `Thinking...\nFirst ${DRAFT}\n...done thinking.\n\n${GOOD}`,
  'a fence that is named so': `\`\`\`think\n${DRAFT}\n\`\`\`\n${GOOD}`,
  'escaped tags': `&lt;think&gt;${DRAFT}&lt;/think&gt;${GOOD}`,
  'thoughts within thoughts': `<think>a <think>b</think> ${DRAFT} c</think>${GOOD}`,
  'an answer that is marked, and a check behind it': `<answer>${GOOD}</answer><check>${DRAFT}</check>`,
  'an outline behind it': `${GOOD}\nThe format {"node_id": "…", "pages": [...]} was kept.`,
  'a draft in a fence, and the answer in another': `Draft:\n\`\`\`json\n${DRAFT}\n\`\`\`\nFinal:\n\`\`\`json\n${GOOD}\n\`\`\``,
  'a first answer that is withdrawn': `${DRAFT}\n\nWait, that had a mistake. Corrected:\n\n${GOOD}`,
  'a withdrawn answer, and one that is almost JSON': `${DRAFT}\nCorrected:\n${GOOD.replace(/\]\}$/, ',],}')}`,
  'a format in braces before the object': `Here is the card for {n1}, in the format {node_id, pages}:\n${GOOD}`,
  'the schema before the object': `${SCHEMA}\n${GOOD}`,
  'the schema behind the object': `${GOOD}\n${SCHEMA}`,
  'a format behind the object': `${GOOD}\nThis has the format {node_id, pages}.`,
  'an open brace that is never closed, before the object': `It begins with { and goes on:\n${GOOD}`,
  'a stray quote in braces before the object': `The sign { " } is none.\n${GOOD}`,
  'the object in a list': `[${GOOD}]`,
};

for (const [what, text] of Object.entries(ANSWERED)) t.test(`the answer is found behind, or before, ${what}`, async (t) => t.strictSame(read(text), { ok: true, value: JSON.parse(GOOD) }));

t.test('an answer about thinking keeps the tags that it is about', async (t) => {
  const about = { pages: ['Models write `<think>` and `</think>`, or <|channel|>analysis.', '</think>'] };
  t.strictSame(read(JSON.stringify(about)), { ok: true, value: about });
  t.strictSame(read(`<think>${DRAFT}</think>${JSON.stringify(about)}`), { ok: true, value: about });
});

/** Where there is no answer, a draft is none either. */
const ASKED_AGAIN: Readonly<Record<string, string>> = {
  'thoughts that never end': `<think>perhaps ${DRAFT} or`,
  'thoughts within thoughts that never end': `<think>a <think>b</think> ${DRAFT} c`,
  'a fenced thought, and nothing behind it': `\`\`\`think\n${DRAFT}\n\`\`\`\nAnd now`,
  'a draft by name, and nothing behind it': `<draft>${DRAFT}</draft>`,
  'a chain of thought, and nothing behind it': `<chain_of_thought>${DRAFT}</chain_of_thought>`,
  'a brainstorm, and nothing behind it': `<brainstorm>${DRAFT}</brainstorm>`,
  'thoughts that end, and nothing behind them': `<think>perhaps ${DRAFT}</think>`,
  'thoughts without an opening tag, and nothing behind them': `${DRAFT}</think>\n`,
  'an analysis that never becomes final': `<|channel|>analysis<|message|>Draft ${DRAFT}<|end|>`,
  'a draft, and an answer that stops half-way': `${DRAFT}\nNow in full:\n${GOOD.slice(0, -12)}`,
  'thoughts, and an answer that stops half-way': `<think>${DRAFT}</think>${GOOD.slice(0, -12)}`,
  'a withdrawn answer, and one that no repair can mend': `${DRAFT}\nCorrected: {"pages": [1 2 "x" {]}`,
};

for (const [what, text] of Object.entries(ASKED_AGAIN)) t.test(`${what}: nothing is taken for the answer`, async (t) => t.equal(read(text).ok, false));

const node = (id: number) => ({ id: `n${id}`, title: `Node ${id}`, type: 'learn', pre_requisites: [] });
const plan = (count: number) => JSON.stringify({ course_name: 'c', strategy_rationale: 's', nodes: Array.from({ length: count }, (_, index) => node(index)) });

t.test('a plan that stops behind a whole node is cut, wherever it stops', async (t) => {
  const whole = plan(8);
  for (let end = whole.indexOf('}') + 1; end > 0 && end < whole.length - 1; end = whole.indexOf('}', end) + 1) {
    for (const tail of ['', '\n', ',', '\n```', ', ']) t.match(readJsonObject(whole.slice(0, end) + tail, 'nodes'), { ok: false, problems: [/stops before its end/] }, `${end} ${JSON.stringify(tail)}`);
  }
  t.ok(readJsonObject(whole, 'nodes').ok);
});

t.test('a plan with commas too many, or in a fence, is whole', async (t) => {
  const whole = JSON.parse(plan(3)) as object;
  for (const text of [plan(3).replace(']}', ',],}'), plan(3).replace('},{', '}\n{'), `\`\`\`json\n${plan(3).replace(']}', '],}')}\n\`\`\``]) {
    t.strictSame(readJsonObject(text, 'nodes'), { ok: true, value: whole }, text);
  }
});
