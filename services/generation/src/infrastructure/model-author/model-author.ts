/**
 * An author that asks a language model over any OpenAI-compatible HTTP API. What it returns obeys every rule of the
 * domain, whatever the model answered; what it throws says whether another attempt may help.
 */
import { AuthorError, type Author, type AuthorCall, type Authored, type Usage } from '../../application/author.ts';
import { askWithRepair, type WritingTask } from './ask-with-repair.ts';
import { underDeadline } from './call-deadline.ts';
import { cardAnswerSchema, readCard } from './card-answer.ts';
import { createModelClient } from './model-client.ts';
import { planAnswerSchema, readPlan } from './plan-answer.ts';
import { cardPrompt, planPrompt } from './prompts.ts';
import { createUsageMeter } from './usage-meter.ts';

export interface ModelAuthorSettings {
  /** Where the API begins, for example `http://localhost:11434/v1`. Trusted: it comes from the deployment. */
  readonly baseUrl: string;
  /** Sent as a bearer token and nowhere else. */
  readonly apiKey?: string;
  readonly model: string;
  /** For one whole call in milliseconds: the wait, the body and the repair together. */
  readonly timeoutMs: number;
  /** Of one response's body, after decompression; 2 MiB unless said otherwise. */
  readonly maxResponseBytes?: number;
}

const DEFAULT_MAX_RESPONSE_BYTES = 2 * 1024 * 1024;

/** The author may be used by many calls at once. It writes to no log and to no console. */
export function createModelAuthor(settings: ModelAuthorSettings): Author {
  const client = createModelClient({
    ...settings,
    maxResponseBytes: settings.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
  });

  async function write<Content>(task: WritingTask<Content>, call: AuthorCall): Promise<Authored<Content>> {
    const meter = createUsageMeter();
    const { name, schema, prompt } = task;
    try {
      return await underDeadline(call.signal, settings.timeoutMs, (signal) =>
        askWithRepair(
          (messages) =>
            client.ask(
              { name, schema, instructions: prompt.instructions, messages },
              { signal, correlationId: call.correlationId },
            ),
          task,
          meter,
        ),
      );
    } catch (error) {
      throw error instanceof AuthorError ? withUsage(error, meter.read()) : error;
    }
  }

  return {
    planCourseMap: (request, call) =>
      write(
        {
          name: 'course_map',
          schema: planAnswerSchema,
          prompt: planPrompt(request),
          read: (text) => readPlan(text, request),
        },
        call,
      ),
    writeKnowledgeCard: (brief, call) =>
      write(
        {
          name: 'knowledge_card',
          schema: cardAnswerSchema,
          prompt: cardPrompt(brief),
          read: (text) => readCard(text, brief.node),
        },
        call,
      ),
  };
}

/** The same failure, with what was paid before it. */
function withUsage({ code, message, retryable, retryAfterMs }: AuthorError, usage: Usage | undefined): AuthorError {
  return new AuthorError(code, message, { retryable, retryAfterMs, usage });
}
