/**
 * An author that needs no network and no key: deterministic, for any topic and every mode, with the pace of a real
 * one. It serves the first minute of a new user, and every test that must not depend on a model's mood.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthorError, type Author, type AuthorCall, type Authored } from '../../application/author.ts';
import { writeOfflineCard } from './card-writer.ts';
import { planOfflineCourse } from './course-plan.ts';
import { seededChoice } from './seeded-choice.ts';

const MODEL = 'offline-author';
/** Calls take between 60 and 140 % of the latency. */
const LATENCY_SPREAD = 0.4;
const CHARACTERS_PER_TOKEN = 4;

/** @param latencyMs how long a call takes, about; 0 for not at all */
export function createOfflineAuthor({ latencyMs }: { readonly latencyMs: number }): Author {
  /** Answers after the time that a call with this seed takes. */
  async function answer<Content>(seed: string, call: AuthorCall, write: () => Content): Promise<Authored<Content>> {
    const factor = 1 + LATENCY_SPREAD * (2 * seededChoice(`pace ${seed}`).fraction() - 1);
    try {
      if (latencyMs > 0) await sleep(latencyMs * factor, undefined, { signal: call.signal });
      else call.signal.throwIfAborted();
    } catch (cause) {
      throw new AuthorError('call_aborted', 'the call was ended by its caller', { retryable: true, cause });
    }
    const content = write();
    return { content, model: MODEL, usage: { input_tokens: tokens(seed), output_tokens: tokens(JSON.stringify(content)) } };
  }

  return {
    planCourseMap(request, call) {
      const seed = `plan ${JSON.stringify(request)}`;
      return answer(seed, call, () => planOfflineCourse(request, seed));
    },
    writeKnowledgeCard(brief, call) {
      const seed = `card ${JSON.stringify(brief)}`;
      return answer(seed, call, () => writeOfflineCard(brief, seed));
    },
  };
}

function tokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
