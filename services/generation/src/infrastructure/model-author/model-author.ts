/**
 * An author that asks a language model over any OpenAI-compatible HTTP API. What it returns obeys every rule of the
 * domain, whatever the model answered; what it throws says whether another attempt may help.
 */
import type { ModelMessage } from 'ai';
import { z } from 'zod';
import { AuthorError, type Author, type AuthorCall, type Authored, type Usage } from '../../application/author.ts';
import type { CallJournal, Journalled, JournalRequest } from '../journal/call-journal.ts';
import { canonicalRequest } from '../journal/request-key.ts';
import { askWithRepair, type WritingTask } from './ask-with-repair.ts';
import { createCallBudget } from './call-deadline.ts';
import { cardAnswerSchema, readCard } from './card-answer.ts';
import { createModelClient, type ModelAnswer, type ModelQuestion } from './model-client.ts';
import { planAnswerSchema, readPlan } from './plan-answer.ts';
import { cardPrompt, planPrompt } from './prompts.ts';
import { createUsageMeter } from './usage-meter.ts';

export interface ModelAuthorSettings {
  /** Where the API begins, for example `http://localhost:11434/v1`. Trusted: it comes from the deployment. */
  readonly baseUrl: string;
  /** Sent as a bearer token and nowhere else. */
  readonly apiKey?: string;
  readonly model: string;
  /** Asked of the provider with every question; left out unless set, for some refuse it. */
  readonly maxOutputTokens?: number;
  /** Every question goes through it, so that none is paid for twice. */
  readonly journal: CallJournal;
  /** For one whole call in milliseconds: the wait for the provider, the body and the repair together. */
  readonly timeoutMs: number;
  /** Of one response's body, after decompression; 2 MiB unless said otherwise. */
  readonly maxResponseBytes?: number;
}

const DEFAULT_MAX_RESPONSE_BYTES = 2 * 1024 * 1024;

/** The author may be used by many calls at once. It writes to no log and to no console. */
export function createModelAuthor(settings: ModelAuthorSettings): Author {
  const { journal, timeoutMs, maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES } = settings;
  const client = createModelClient({ ...settings, maxResponseBytes });
  const { origin, pathname } = new URL(settings.baseUrl);

  async function write<Content>(task: WritingTask<Content>, call: AuthorCall): Promise<Authored<Content>> {
    const meter = createUsageMeter();
    const budget = createCallBudget(timeoutMs);
    const answers: Journalled<ModelAnswer>[] = [];
    const ask = async (messages: readonly ModelMessage[]): Promise<ModelAnswer> => {
      const question = { name: task.name, schema: task.schema, instructions: task.prompt.instructions, messages };
      const journalled = await journal.answerOnce(requestFor(question), call, (callId) =>
        budget.spend(call.signal, (signal) => client.ask(question, { signal, correlationId: call.correlationId, callId })),
      );
      answers.push(journalled);
      return journalled.answer;
    };
    try {
      const authored = await askWithRepair(ask, task, meter);
      return { ...authored, fromJournal: answers.every(({ fromJournal }) => fromJournal) };
    } catch (error) {
      if (!(error instanceof AuthorError)) throw error;
      // Kept as they are, the next attempt would be given the same bad answers again.
      if (error.code === 'model_answer_invalid') await journal.reject(answers.map(({ callId }) => callId));
      throw withUsage(error, meter.read());
    }
  }

  function requestFor({ name, schema, instructions, messages }: ModelQuestion): JournalRequest {
    const { model } = settings;
    const request = canonicalRequest({
      provider: origin + pathname,
      model,
      instructions,
      messages,
      answer: { name, schema: z.toJSONSchema(schema) },
      // An answer that was cut at one limit is none to a question with another.
      max_output_tokens: settings.maxOutputTokens ?? null,
    });
    // A token is a byte at least, on the way in and, where nobody set a limit, on the way out.
    const maxOutputTokens = settings.maxOutputTokens ?? maxResponseBytes;
    return { ...request, model, maxInputTokens: Buffer.byteLength(request.body), maxOutputTokens, timeoutMs };
  }

  return {
    planCourseMap: (request, call) =>
      write(
        {
          name: 'course_map',
          schema: planAnswerSchema,
          prompt: planPrompt(request),
          read: (text, told) => readPlan(text, request, told),
        },
        call,
      ),
    writeKnowledgeCard: (brief, call) =>
      write(
        {
          name: 'knowledge_card',
          schema: cardAnswerSchema,
          prompt: cardPrompt(brief),
          read: (text, told) => readCard(text, brief.node, told),
        },
        call,
      ),
  };
}

/** The same failure, with what was paid before it. */
function withUsage({ code, message, ...details }: AuthorError, usage: Usage | undefined): AuthorError {
  return new AuthorError(code, message, { ...details, usage });
}
