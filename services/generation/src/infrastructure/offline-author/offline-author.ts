/**
 * An author that needs no network and no key: deterministic, for any topic and every mode, with the pace of a real
 * one. It serves the first minute of a new user, and every test that must not depend on a model's mood.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import canonicalize from 'canonicalize';
import { AuthorError, type Author, type AuthorCall, type Authored } from '../../application/author.ts';
import { writeOfflineCard } from './card-writer.ts';
import { planOfflineCourse } from './course-plan.ts';
import { NO_BREAKDOWN, type Breakdown } from './breakdown.ts';
import { seededChoice } from './seeded-choice.ts';

const MODEL = 'offline-author';
/** Calls take between 60 and 140 % of the latency. */
const LATENCY_SPREAD = 0.4;
const CHARACTERS_PER_TOKEN = 4;

export interface OfflineAuthorSettings {
  readonly latencyMs: number;
  readonly seedSalt?: string;
  /** While it is on, every call fails. */
  readonly breakdown?: Pick<Breakdown, 'isOn'>;
}

/**
 * An author whose answers depend on the question alone, in whatever order its fields come.
 *
 * @param latencyMs how long a call takes, about; 0 for not at all
 * @param seedSalt another salt, other maps and cards for the same questions
 * @param breakdown while it is on, calls fail as those of a real model do
 */
export function createOfflineAuthor({ latencyMs, seedSalt = '', breakdown = NO_BREAKDOWN }: OfflineAuthorSettings): Author {
  /** Answers after the time that this question takes. */
  async function answer<Content>(
    question: string,
    call: AuthorCall,
    write: (seed: string) => Content,
  ): Promise<Authored<Content>> {
    const seed = `${seedSalt}${question}`;
    const factor = 1 + LATENCY_SPREAD * (2 * seededChoice(`pace ${seed}`).fraction() - 1);
    try {
      if (latencyMs > 0) await sleep(latencyMs * factor, undefined, { signal: call.signal });
      else call.signal.throwIfAborted();
    } catch (cause) {
      throw new AuthorError('call_aborted', 'the call was ended by its caller', { retryable: true, cause });
    }
    if (breakdown.isOn()) throw new AuthorError('model_unavailable', 'the offline author was told to fail', { retryable: true, mayBeBilled: false });
    const content = write(seed);
    const usage = { input_tokens: tokens(question), output_tokens: tokens(JSON.stringify(content)) };
    return { content, model: MODEL, usage, fromJournal: false };
  }

  return {
    planCourseMap(request, call) {
      return answer(`plan ${canonicalize(request)}`, call, (seed) => planOfflineCourse(request, seed));
    },
    writeKnowledgeCard(brief, call) {
      return answer(`card ${canonicalize(brief)}`, call, (seed) => writeOfflineCard(brief, seed));
    },
  };
}

function tokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
