/** What the author makes of a provider that fails: which failure it is, whether asking again may help, and on time. */
import t, { type Test } from 'tap';
import type { CourseRequest } from '@coursewright/events';
import { AuthorError } from '../../src/application/author.ts';
import { authorCall, forgetfulJournal } from '../fixtures/author-call.ts';
import { createModelAuthor, type ModelAuthorSettings } from '../../src/infrastructure/model-author/model-author.ts';
import {
  answerWell,
  startScriptedModelServer,
  type ModelReply,
  type ModelScript,
} from '../fixtures/scripted-model-server.ts';
import { freePort, until } from '@coursewright/events/testing';

const API_KEY = 'sk-canary-0123456789';
const TOPIC = 'Canary topic of the learner';
const request: CourseRequest = {
  topic: TOPIC,
  level: 'Beginner',
  focus: 'x',
  verified_concept: 'y',
  mode: 'Light',
  total_commitment_minutes: 90,
};

async function authorAgainst(t: Test, script: ModelScript, settings: Partial<ModelAuthorSettings> = {}) {
  const server = await startScriptedModelServer(script);
  t.teardown(() => server.close());
  return {
    server,
    author: createModelAuthor({ baseUrl: server.baseUrl, apiKey: API_KEY, model: 'm', timeoutMs: 20_000, journal: forgetfulJournal(), ...settings }),
  };
}

/** The failure of a plan, which must be an AuthorError that gives nothing away. */
async function failureOf(
  t: Test,
  author: ReturnType<typeof createModelAuthor>,
  signal = new AbortController().signal,
): Promise<AuthorError> {
  const outcome = await author.planCourseMap(request, authorCall({ signal })).then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  if (!(outcome instanceof AuthorError)) throw outcome as Error;
  const told = [outcome.message, outcome.stack, JSON.stringify(outcome), String(outcome.cause)].join();
  t.notMatch(told, API_KEY, 'no key in the error');
  t.notMatch(told, TOPIC, 'no prompt in the error');
  t.equal(outcome.cause, undefined, 'no cause that holds the request');
  t.ok(outcome.message.length <= 500);
  return outcome;
}

const status = (
  code: number,
  headers: Record<string, string> = {},
  body = '{"error": {"message": "said so"}}',
): ModelReply => ({
  do: 'send',
  status: code,
  headers,
  body,
});

for (const code of [408, 409, 425, 429, 500, 502, 503, 504, 529, 599]) {
  t.test(`${code} means: unavailable, ask again; the author itself asks once`, async (t) => {
    const { server, author } = await authorAgainst(t, () => status(code));
    t.match(await failureOf(t, author), {
      code: 'model_unavailable',
      retryable: true,
      retryAfterMs: undefined,
      usage: undefined,
      message: `${code}: said so`,
    });
    t.equal(server.requests.length, 1);
  });
}

for (const code of [401, 402, 403]) {
  t.test(`${code} means: the account is refused, which is no fault of the request's`, async (t) => {
    const { server, author } = await authorAgainst(t, () => status(code, { 'retry-after': '7' }));
    const refused = { code: 'model_account_refused', retryable: true, isProvidersFault: true, mayBeBilled: false, retryAfterMs: 7000, message: `${code}: said so` };
    t.match(await failureOf(t, author), refused);
    t.equal(server.requests.length, 1);
  });
}

/** What providers say, and whose fault it is. */
const SAID = [
  ['account', 'OpenAI, of an account that is empty', 429, { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } }],
  ['account', 'Google, of a key that is wrong', 400, { error: { code: 400, message: 'Invalid', status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] } }],
  ['account', 'Google, without details', 400, { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } }],
  ['account', 'Anthropic, of an account that is empty', 400, { error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' } }],
  ['account', 'Moonshot, of an account that is empty', 400, { error: { type: 'exceeded_current_quota_error', message: 'suspended' } }],
  ['account', 'whoever says it with 404', 404, { error: { message: 'no', code: 'billing_not_active' } }],
  ['outage', 'Google, of too many requests', 429, { error: { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED' } }],
  ['outage', 'Groq, of too many tokens in a minute', 413, { error: { type: 'tokens', code: 'rate_limit_exceeded', message: 'too large' } }],
  ['outage', 'an ingress without a backend', 404, 'default backend - 404'],
  ['outage', 'a proxy that knows no POST yet', 405, '<html><h1>405 Not Allowed</h1></html>'],
  ['outage', 'Azure, of a deployment that was made just now', 404, { error: { code: 'DeploymentNotFound', message: 'wait a moment' } }],
  ['request', 'a provider that has no such model', 404, { error: { message: 'The model does not exist', code: 'model_not_found' } }],
  ['request', 'a provider that repeats the request', 400, { error: { type: 'invalid_request_error', param: 'insufficient_quota', input: { nodes: [{ type: 'authentication_error' }] } } }],
  ['request', 'one that begins with its own words', 400, { error: { type: 'invalid_request_error', message: 'No such title: API key not valid' } }],
] as const;
const CODES = { account: 'model_account_refused', outage: 'model_unavailable', request: 'model_refused' };

for (const [fault, who, code, body] of SAID) {
  t.test(`what is said by ${who} is the fault of the ${fault === 'outage' ? 'provider' : fault}`, async (t) => {
    const { author } = await authorAgainst(t, () => status(code, {}, typeof body === 'string' ? body : JSON.stringify(body)));
    const isProvidersFault = fault !== 'request';
    t.match(await failureOf(t, author), { code: CODES[fault], retryable: isProvidersFault, isProvidersFault });
  });
}

for (const code of [404, 405, 413]) {
  t.test(`${code} in the provider's own words means: refused, asking again cannot help`, async (t) => {
    const { server, author } = await authorAgainst(t, () => status(code));
    t.match(await failureOf(t, author), { code: 'model_refused', retryable: false, message: `${code}: said so` });
    t.equal(server.requests.length, 1);
  });
}

for (const code of [400, 422]) {
  t.test(`${code} with a schema and without one means: refused`, async (t) => {
    const { server, author } = await authorAgainst(t, () => status(code));
    t.match(await failureOf(t, author), { code: 'model_refused', retryable: false });
    t.strictSame(
      server.requests.map(({ hasSchema }) => hasSchema),
      [true, false],
    );
  });
}

t.test('Retry-After is passed on, in seconds, in milliseconds and as a date', async (t) => {
  const { server, author } = await authorAgainst(t, () => status(429, { 'retry-after': '7' }));
  t.equal((await failureOf(t, author)).retryAfterMs, 7000);
  server.follow(() => status(529, { 'retry-after-ms': '1500', 'retry-after': '2' }));
  t.equal((await failureOf(t, author)).retryAfterMs, 1500);
  server.follow(() => status(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }));
  const { retryAfterMs = 0 } = await failureOf(t, author);
  t.ok(retryAfterMs > 50_000 && retryAfterMs <= 60_000, `a minute, found ${retryAfterMs}`);
});

t.test('what the provider says is cut, stripped of control characters and of the key', async (t) => {
  const said = `bad key ${API_KEY} \u001b[31m\n${'blah '.repeat(50_000)}`;
  const { author } = await authorAgainst(t, () => status(401, {}, JSON.stringify({ error: { message: said } })));
  const { message } = await failureOf(t, author);
  t.match(message, /401: bad key \[key\] \[31m blah/);
  t.ok(message.length < 400);
});

t.test('an error page without a message, or longer than the limit, is judged by its status', async (t) => {
  const { server, author } = await authorAgainst(t, () => status(502, {}, '<html>Bad Gateway</html>'), {
    maxResponseBytes: 1000,
  });
  t.match(await failureOf(t, author), { code: 'model_unavailable', message: /502: Bad Gateway/ });
  server.follow(() => status(401, {}, 'x'.repeat(100_000)));
  t.match(await failureOf(t, author), { code: 'model_account_refused' });
});

t.test('a refused connection, an unknown host and a TLS error mean: unavailable', async (t) => {
  const { server } = await authorAgainst(t, answerWell);
  const bases = {
    ECONNREFUSED: `http://127.0.0.1:${await freePort()}/v1`,
    ENOTFOUND: 'http://model.invalid/v1',
    'ERR_SSL|EPROTO': server.baseUrl.replace('http:', 'https:'),
  };
  for (const [code, baseUrl] of Object.entries(bases)) {
    const error = await failureOf(t, createModelAuthor({ baseUrl, apiKey: API_KEY, model: 'm', timeoutMs: 20_000, journal: forgetfulJournal() }));
    t.match(error, { code: 'model_unavailable', retryable: true });
    // A resolver without a network says EAI_AGAIN.
    t.match(error.message, new RegExp(`${code}|EAI_AGAIN`));
  }
});

t.test('a key that no header can carry fails without being told', async (t) => {
  const { author } = await authorAgainst(t, answerWell, { apiKey: `${API_KEY}\nx` });
  t.match(await failureOf(t, author), { code: 'model_unavailable' });
});

t.test('a redirect is not followed, and the key goes nowhere else', async (t) => {
  const elsewhere = await startScriptedModelServer(answerWell);
  t.teardown(() => elsewhere.close());
  for (const code of [301, 302, 307, 308]) {
    const { author } = await authorAgainst(t, () =>
      status(code, { location: `${elsewhere.baseUrl}/chat/completions` }),
    );
    t.match(await failureOf(t, author), { code: 'model_unavailable', retryable: true });
  }
  t.equal(elsewhere.requests.length, 0);
});

t.test('a connection reset before the headers or in the body means: unavailable', async (t) => {
  const { server, author } = await authorAgainst(t, () => ({ do: 'reset', when: 'before headers' }));
  t.match(await failureOf(t, author), { code: 'model_unavailable', retryable: true });
  server.follow(() => ({ do: 'reset', when: 'in body' }));
  t.match(await failureOf(t, author), { code: 'model_unavailable', retryable: true });
  server.follow(answerWell);
  await author.planCourseMap(request, authorCall());
});

for (const [what, body] of [
  ['a web page', '<html><body>login</body></html>'],
  ['truncated JSON', '{"id": "x", "choices": [{"mess'],
  ['an empty body', ''],
  ['JSON of another shape', '{"error": {"message": "overloaded", "code": 529}}'],
  ['a completion without choices', '{"choices": []}'],
  ['JSON nested 100,000 deep', `{"choices": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
] as const) {
  t.test(`status 200 with ${what} means: an outage, which may have been billed`, async (t) => {
    const { server, author } = await authorAgainst(t, () => ({ do: 'send', body }));
    t.match(await failureOf(t, author), { code: 'model_unavailable', retryable: true, isProvidersFault: true, mayBeBilled: true });
    t.equal(server.requests.length, 1, 'there is nothing to mend in it');
  });
}

t.test('a body of 100 MB is cut off at the limit and its connection dropped', async (t) => {
  const { server, author } = await authorAgainst(t, () => ({ do: 'flood', bytes: 100_000_000 }));
  const before = process.memoryUsage.rss();
  t.match(await failureOf(t, author), {
    code: 'model_answer_invalid',
    retryable: true,
    message: /longer than 2097152 bytes/,
  });
  const grown = process.memoryUsage.rss() - before;
  t.ok(grown < 64 * 1024 * 1024, `memory grew by ${Math.round(grown / 1024)} KiB, server and all`);
  await until('the connection is dropped', () => server.requests[0]?.ended === 'left');
  t.ok(server.sentBytes() < 16_000_000, `${server.sentBytes()} bytes were sent`);
});

for (const [what, reply] of [
  ['sends no headers', { do: 'hang' }],
  ['drips a byte now and then', { do: 'drip', everyMs: 10 }],
] as const) {
  t.test(`a provider that ${what} is left when the time is up`, async (t) => {
    const { server, author } = await authorAgainst(t, () => reply, { timeoutMs: 300 });
    const began = performance.now();
    t.match(await failureOf(t, author), { code: 'model_timeout', retryable: true, isProvidersFault: true, message: /300 ms/ });
    const took = performance.now() - began;
    t.ok(took >= 290, `took ${Math.round(took)} ms`);
    await until('the connection is dropped', () => server.requests[0]?.ended === 'left');
  });

  t.test(`a caller that aborts is answered by itself, not by a provider that ${what}`, async (t) => {
    const { server, author } = await authorAgainst(t, () => reply);
    const controller = new AbortController();
    const failure = failureOf(t, author, controller.signal);
    await until('the request has arrived', () => server.requests.length === 1);
    controller.abort();
    t.match(await failure, { code: 'call_aborted', retryable: true });
    await until('the connection is dropped', () => server.requests[0]?.ended === 'left');
  });
}

t.test('a call that was aborted before it began asks nobody', async (t) => {
  const { server, author } = await authorAgainst(t, answerWell);
  t.match(await failureOf(t, author, AbortSignal.abort()), { code: 'call_aborted' });
  t.equal(server.requests.length, 0);
});

t.test('the repair shares the time of its call, and what the first answer cost is told', async (t) => {
  const { server, author } = await authorAgainst(
    t,
    (asked) => (asked.isRepair ? { do: 'hang' } : { do: 'answer', content: '{}' }),
    { timeoutMs: 5000 },
  );
  t.match(await failureOf(t, author), { code: 'model_timeout', usage: { input_tokens: 100, output_tokens: 200 } });
  t.equal(server.requests.length, 2);
});

t.test('a repair that cannot be delivered tells why, and what the first answer cost', async (t) => {
  const { server, author } = await authorAgainst(t, (asked) =>
    asked.isRepair ? status(429, { 'retry-after': '3' }) : { do: 'answer', content: '{}' },
  );
  t.match(await failureOf(t, author), {
    code: 'model_unavailable',
    retryAfterMs: 3000,
    usage: { input_tokens: 100, output_tokens: 200 },
  });
  server.follow((asked) => (asked.isRepair ? status(400) : { do: 'answer', content: '{}' }));
  t.match(
    await failureOf(t, author),
    { code: 'model_answer_invalid', retryable: true },
    'a conversation that grew too long is no final refusal',
  );
});
