/**
 * The model provider of a run: answers well after a while, most of the time; else asks for patience, breaks, answers
 * nonsense, drips, hangs up or hangs. What it does depends on the seed, the question and how often that was asked, so the
 * same plan meets the same provider.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  answerWell,
  startScriptedModelServer,
  type ModelReply,
  type ModelRequest,
  type ScriptedModelServer,
} from '../../services/generation/test/fixtures/scripted-model-server.ts';
import { seeded } from './random.ts';

/** A line of the ledger: one request, and whether it was given a good answer. */
export interface LedgerLine {
  /** SHA-256 of the request's body: the same question has the same key. */
  readonly key: string;
  /** The call's id in the journal, as the service sends it along. */
  readonly callId: string;
  readonly reply: 'good' | 'bad';
  readonly at: number;
}

export interface Provider {
  readonly baseUrl: string;
  readonly ledger: readonly LedgerLine[];
  /** From now on it answers well. */
  calm(): void;
  close(): Promise<void>;
}

/** Well below the services' time limit, so that a good answer is never too late. */
const LATENCY_MS = [100, 800] as const;

export async function startProvider(seed: number): Promise<Provider> {
  const ledger: LedgerLine[] = [];
  const timesAsked = new Map<string, number>();
  let isCalm = false;

  const server: ScriptedModelServer = await startScriptedModelServer(async (request) => {
    const key = createHash('sha256').update(request.body).digest('hex');
    const times = (timesAsked.get(key) ?? 0) + 1;
    timesAsked.set(key, times);
    const chance = seeded(seed, `${key} ${times}`);
    const latencyMs = chance.between(...LATENCY_MS);
    const reply = isCalm ? answerWell(request) : replyTo(request, chance.next());
    ledger.push({ key, callId: String(request.headers['idempotency-key']), reply: reply.do === 'answer' && reply.content !== NONSENSE ? 'good' : 'bad', at: request.at });
    if (reply.do === 'answer') await sleep(latencyMs);
    return reply;
  });
  return { baseUrl: server.baseUrl, ledger, calm: () => void (isCalm = true), close: () => server.close() };
}

const NONSENSE = '{"nodes": "all of them"';

function replyTo(request: ModelRequest, chance: number): ModelReply {
  if (chance < 0.02) return { do: 'send', status: 429, body: '{"error": {"message": "slow down"}}', headers: { 'retry-after': '1' } };
  if (chance < 0.04) return { do: 'send', status: 500, body: '{"error": {"message": "oops"}}' };
  if (chance < 0.05) return { do: 'answer', content: NONSENSE };
  if (chance < 0.055) return { do: 'send', body: '<html>gateway timeout</html>' };
  if (chance < 0.06) return { do: 'reset', when: 'in body' };
  if (chance < 0.063) return { do: 'hang' };
  if (chance < 0.066) return { do: 'drip', everyMs: 400 };
  return answerWell(request);
}
