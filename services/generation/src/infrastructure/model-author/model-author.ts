/**
 * An author that asks a language model over any OpenAI-compatible HTTP API. Every answer is checked against the
 * rules; one that breaks them is asked for once more, with what was wrong, and then given up.
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, NoObjectGeneratedError, Output, type LanguageModelUsage, type ModelMessage } from 'ai';
import { courseMapSchema, knowledgeCardSchema, mapNodeSchema, type CourseMap, type KnowledgeCard } from '@coursewright/events';
import { z } from 'zod';
import { AuthorError, type Author, type AuthorCall, type Authored, type Usage } from '../../application/author.ts';
import { findCourseMapProblems } from '../../domain/course-map-rules.ts';
import { composeKnowledgeCard, findKnowledgeCardProblems } from '../../domain/knowledge-card-rules.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { cardPrompt, planPrompt, repairPrompt, type Prompt } from './prompts.ts';
import { authorErrorOf } from './provider-errors.ts';
import { readAnswer } from './read-answer.ts';

export interface ModelAuthorSettings {
  /** For example http://localhost:11434/v1. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly model: string;
  /** For the whole call, the repair and the reading of the body included. */
  readonly timeoutMs: number;
  /** Of one answer's body; 2 MiB by default. */
  readonly maxResponseBytes?: number;
}

/** A first answer longer than this is cut before it is shown to the model again. */
const LONGEST_QUOTED_ANSWER = 20_000;
const LONGEST_PROBLEMS = 500;
const DEFAULT_MOST_BYTES = 2 * 1024 * 1024;

const planSchema = z.object({
  course_name: z.string(),
  strategy_rationale: z.string(),
  nodes: z.array(z.object(mapNodeSchema.shape)),
});
const pagesSchema = z.object({ pages: z.array(z.string()) });

/** The content that an answer makes, or what is wrong with it. */
type Checked<Content> = { readonly content: Content } | { readonly problems: readonly string[] };

export function createModelAuthor(settings: ModelAuthorSettings): Author {
  // The SDK writes warnings to the console; a service's output is its log.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const provider = createOpenAICompatible({
    name: 'model',
    baseURL: settings.baseUrl,
    ...(settings.apiKey === undefined ? {} : { apiKey: settings.apiKey }),
    fetch: boundedFetch(settings.maxResponseBytes ?? DEFAULT_MOST_BYTES),
  });
  const model = provider(settings.model);

  async function ask(instructions: string, messages: ModelMessage[], schema: z.ZodType, signal: AbortSignal) {
    try {
      const { text, usage } = await generateText({
        model,
        instructions,
        messages,
        output: Output.object({ schema }),
        maxRetries: 0, // Retries belong to the queue, where they are seen and outlive this process.
        abortSignal: signal,
      });
      return { text, usage: usageOf(usage) };
    } catch (error) {
      // The SDK could not read the answer; we are more forgiving. It was paid for either way.
      if (!NoObjectGeneratedError.isInstance(error)) throw error;
      return { text: error.text ?? '', usage: usageOf(error.usage) };
    }
  }

  async function author<Content>(
    { instructions, prompt }: Prompt,
    schema: z.ZodType,
    check: (answer: unknown) => Checked<Content>,
    call: AuthorCall,
  ): Promise<Authored<Content>> {
    const timeLimit = AbortSignal.timeout(settings.timeoutMs);
    const signal = AbortSignal.any([call.signal, timeLimit]);
    const messages: ModelMessage[] = [{ role: 'user', content: prompt }];
    let usage: Usage | undefined;
    try {
      for (const isRepair of [false, true]) {
        const answer = await ask(instructions, messages, schema, signal);
        usage = sum(usage, answer.usage);
        const checked = check(readAnswer(answer.text));
        if ('content' in checked) return { content: checked.content, model: settings.model, usage };
        if (isRepair) throw invalid(checked.problems, usage);
        messages.push(
          { role: 'assistant', content: answer.text.slice(0, LONGEST_QUOTED_ANSWER) },
          { role: 'user', content: repairPrompt(checked.problems) },
        );
      }
      throw invalid([], usage);
    } catch (error) {
      throw authorErrorOf({ error, callerSignal: call.signal, timeLimit, usage, now: Date.now() });
    }
  }

  return {
    planCourseMap: (request, call) =>
      author(planPrompt(request), planSchema, (answer): Checked<CourseMap> => {
        const plan = planSchema.safeParse(answer);
        if (!plan.success) return { problems: shapeProblems(plan.error) };
        const { course_name, strategy_rationale, nodes } = plan.data;
        // What can be worked out is not asked for: a model adds badly.
        const time_sum_minutes = nodes.reduce((minutes, node) => minutes + node.estimated_minutes, 0);
        const time_budget_minutes = request.total_commitment_minutes;
        const map = courseMapSchema.safeParse({
          map_meta: {
            course_name,
            strategy_rationale,
            mode: request.mode,
            time_budget_minutes,
            time_sum_minutes,
            time_delta_minutes: time_sum_minutes - time_budget_minutes,
          },
          nodes,
        });
        if (!map.success) return { problems: shapeProblems(map.error) };
        const problems = findCourseMapProblems(map.data, request);
        return problems.length === 0 ? { content: map.data } : { problems };
      }, call),

    writeKnowledgeCard: (brief, call) =>
      author(cardPrompt(brief), pagesSchema, (answer): Checked<KnowledgeCard> => {
        const written = pagesSchema.safeParse(answer);
        if (!written.success) return { problems: shapeProblems(written.error) };
        const composed = composeKnowledgeCard({ nodeId: brief.node.id, pages: written.data.pages });
        const card = knowledgeCardSchema.safeParse(composed);
        const problems = findKnowledgeCardProblems(composed, brief.node);
        if (problems.length > 0) return { problems };
        return card.success ? { content: card.data } : { problems: shapeProblems(card.error) };
      }, call),
  };
}

function invalid(problems: readonly string[], usage: Usage | undefined): AuthorError {
  const message = `the model's answer broke the rules twice: ${problems.join(' ')}`;
  return new AuthorError('model_answer_invalid', message.slice(0, LONGEST_PROBLEMS), { retryable: true, usage });
}

function shapeProblems(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => `${path.length === 0 ? 'The answer' : path.join('.')}: ${message}.`);
}

function usageOf(usage: LanguageModelUsage | undefined): Usage {
  return { input_tokens: usage?.inputTokens ?? 0, output_tokens: usage?.outputTokens ?? 0 };
}

function sum(before: Usage | undefined, more: Usage): Usage {
  if (before === undefined) return more;
  return {
    input_tokens: before.input_tokens + more.input_tokens,
    output_tokens: before.output_tokens + more.output_tokens,
  };
}
