/**
 * Asks for content; if the answer breaks the rules, asks once more and says which. Then it gives up: a model that
 * failed twice in a row will more likely do better after a pause than in a third breath.
 */
import type { ModelMessage } from 'ai';
import type { z } from 'zod';
import { AuthorError, type Usage } from '../../application/author.ts';
import type { Reading } from './answer-reading.ts';
import type { ModelAnswer } from './model-client.ts';
import { repairPrompt, type Prompt } from './prompts.ts';
import { clip } from './safe-text.ts';
import type { UsageMeter } from './usage-meter.ts';

export interface WritingTask<Content> {
  readonly name: string;
  readonly prompt: Prompt;
  /** What the answer should look like. */
  readonly schema: z.ZodType;
  /** Pure; never throws. `told`: the model was told what was wrong with its first answer, and how backslashes are written. */
  read(text: string, told: boolean): Reading<Content>;
}

export interface Read<Content> {
  readonly content: Content;
  /** The model that answered, as the provider names it. */
  readonly model: string;
  readonly usage: Usage;
}

/** A longer first answer is cut before it is shown to the model again. */
const LONGEST_QUOTED_ANSWER = 32_000;
const LONGEST_MESSAGE = 500;

/**
 * @param ask asks the model with this conversation
 * @param meter told of every answer, so that what was paid for is known even if the next question fails
 * @throws AuthorError `model_answer_invalid` after the repair, or whatever `ask` threw
 */
export async function askWithRepair<Content>(
  ask: (messages: readonly ModelMessage[]) => Promise<ModelAnswer>,
  task: WritingTask<Content>,
  meter: UsageMeter,
): Promise<Read<Content>> {
  const opening: ModelMessage = { role: 'user', content: task.prompt.data };
  const first = await ask([opening]);
  meter.add(first.usage);
  const reading = judge(first, task, false);
  if (reading.ok) return authored(reading.value, first, meter);

  const second = await ask([opening, ...repairTurns(first.text, reading.problems)]).catch((error: unknown) => {
    // The provider took the opening, so it is the longer conversation that it refuses: a new attempt may succeed.
    if (error instanceof AuthorError && error.code === 'model_refused') throw brokenRules(reading.problems);
    throw error;
  });
  meter.add(second.usage);
  const repaired = judge(second, task, true);
  if (repaired.ok) return authored(repaired.value, second, meter);
  throw brokenRules(repaired.problems);
}

/** What was cut short or withheld is not read: it might look whole. */
function judge<Content>({ text, finishReason }: ModelAnswer, task: WritingTask<Content>, told: boolean): Reading<Content> {
  switch (finishReason) {
    case 'length':
      return { ok: false, problems: ['the answer was cut off at the limit of output tokens'] };
    case 'content-filter':
      return { ok: false, problems: ["the provider's content filter withheld the answer"] };
    default:
      return task.read(text, told);
  }
}

function authored<Content>(content: Content, { model }: ModelAnswer, meter: UsageMeter): Read<Content> {
  return { content, model, usage: meter.read() ?? { input_tokens: 0, output_tokens: 0 } };
}

function repairTurns(answer: string, problems: readonly string[]): ModelMessage[] {
  const request: ModelMessage = { role: 'user', content: repairPrompt(problems) };
  // Several providers refuse a conversation in which the assistant said nothing.
  return answer.trim() === ''
    ? [request]
    : [{ role: 'assistant', content: clip(answer, LONGEST_QUOTED_ANSWER) }, request];
}

function brokenRules(problems: readonly string[]): AuthorError {
  const message = `The model's answer broke the rules: ${problems.slice(0, 10).join(' ')}`;
  return new AuthorError('model_answer_invalid', clip(message, LONGEST_MESSAGE), { retryable: true });
}
