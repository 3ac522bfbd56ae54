/**
 * A journal that tells what its calls took, cost, and saved.
 */
import { inSpan, SpanKind } from '@coursewright/telemetry';
import { AuthorError } from '../../application/author.ts';
import type { Instruments } from '../../application/instruments.ts';
import type { BilledAnswer, CallJournal } from './call-journal.ts';

export interface MeteredJournalSettings {
  readonly journal: CallJournal;
  readonly instruments: Instruments;
  /** For a million tokens. */
  readonly inputPrice: number | undefined;
  readonly outputPrice: number | undefined;
}

export function meterJournal({ journal, instruments, inputPrice = 0, outputPrice = 0 }: MeteredJournalSettings): CallJournal {
  /** The call itself, as a client of the model; attributes as OpenTelemetry names those of generative models. */
  function called<Answer extends BilledAnswer>(model: string, ask: () => Promise<Answer>): Promise<Answer> {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model };
    return inSpan(`chat ${model}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const startedAt = performance.now();
      const told = (outcome: string, inputTokens = 0, outputTokens = 0): void => {
        const cost = (inputTokens * inputPrice + outputTokens * outputPrice) / 1e6;
        instruments.modelCalled({ outcome, seconds: (performance.now() - startedAt) / 1000, inputTokens, outputTokens, cost });
      };
      try {
        const answer = await ask();
        const { inputTokens = 0, outputTokens = 0 } = answer.usage;
        span.setAttributes({ 'gen_ai.response.model': answer.model, 'gen_ai.usage.input_tokens': inputTokens, 'gen_ai.usage.output_tokens': outputTokens });
        told('answered', inputTokens, outputTokens);
        return answer;
      } catch (error) {
        told(error instanceof AuthorError ? error.code : 'author_crashed');
        throw error;
      }
    });
  }

  return {
    async answerOnce(request, call, ask) {
      const answer = await journal.answerOnce(request, call, (callId) => called(request.model, () => ask(callId)));
      instruments.answered(answer.fromJournal ? 'journal' : 'model');
      return answer;
    },
    reject: (callIds) => journal.reject(callIds),
  };
}
