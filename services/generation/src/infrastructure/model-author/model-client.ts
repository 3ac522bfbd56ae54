/**
 * One question to a model over any OpenAI-compatible API, through the AI SDK. This file is all of this service that
 * knows the SDK's way to ask; what its failures mean stands in `model-failure.ts`.
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, Output, type FinishReason, type ModelMessage } from 'ai';
import type { z } from 'zod';
import { createCappedFetch } from './capped-fetch.ts';
import { finishReasonOf } from './finish-reason.ts';
import { isRefusedRequest, modelFailure } from './model-failure.ts';
import { clip, cleanText } from './safe-text.ts';
import type { ReportedUsage } from './usage-meter.ts';

export interface ModelQuestion {
  /** What the schema is called in the request. */
  readonly name: string;
  /** The shape of the answer; sent along, and not relied upon. */
  readonly schema: z.ZodType;
  readonly instructions: string;
  readonly messages: readonly ModelMessage[];
}

/** What the model said, unread and untrusted. */
export interface ModelAnswer {
  readonly text: string;
  readonly finishReason: FinishReason;
  /** The model as the provider names it. */
  readonly model: string;
  readonly usage: ReportedUsage;
}

export interface ModelCall {
  readonly signal: AbortSignal;
  readonly correlationId: string;
  /** Its id in the journal: a provider that knows idempotency keys bills it once. */
  readonly callId: string;
}

export interface ModelClient {
  /**
   * Asks once: what fails is asked again by the queue, where it is seen and outlives this process. The one exception
   * is a provider that does not know JSON schemas and says 400 or 422: it is asked again without one (a refused
   * request costs nothing), and from then on this client sends none.
   *
   * @throws AuthorError, without usage; when `signal` aborts, whichever the SDK makes of that
   */
  ask(question: ModelQuestion, call: ModelCall): Promise<ModelAnswer>;
}

export interface ModelClientSettings {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly model: string;
  readonly maxResponseBytes: number;
  readonly maxOutputTokens?: number;
}

export function createModelClient({ baseUrl, apiKey, model, maxResponseBytes, maxOutputTokens }: ModelClientSettings): ModelClient {
  // The SDK would warn on the console; what this service has to say goes into its log.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const provider = createOpenAICompatible({
    name: 'model',
    baseURL: baseUrl,
    supportsStructuredOutputs: true,
    fetch: createCappedFetch(maxResponseBytes),
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  const languageModel = provider(model);
  let takesSchemas = true;

  async function askOnce(
    { name, schema, instructions, messages }: ModelQuestion,
    { signal, correlationId, callId }: ModelCall,
    withSchema: boolean,
  ): Promise<ModelAnswer> {
    const { text, finalStep, usage } = await generateText({
      model: languageModel,
      instructions,
      messages: [...messages],
      // The request carries the schema, but the answer comes back as text: the SDK's own reader takes strict JSON only.
      ...(withSchema
        ? { output: { ...Output.text(), responseFormat: Output.object({ name, schema }).responseFormat } }
        : {}),
      maxRetries: 0,
      abortSignal: signal,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      headers: {
        'x-correlation-id': encodeURIComponent(correlationId.toWellFormed()).slice(0, 200),
        ...(callId === '' ? {} : { 'idempotency-key': callId }),
      },
      telemetry: { isEnabled: false },
    });
    return {
      text,
      finishReason: finishReasonOf(finalStep.finishReason, finalStep.rawFinishReason),
      model: clip(cleanText(finalStep.response.modelId), 200),
      usage,
    };
  }

  return {
    async ask(question, call) {
      try {
        if (!takesSchemas) return await askOnce(question, call, false);
        try {
          return await askOnce(question, call, true);
        } catch (error) {
          if (!isRefusedRequest(error)) throw error;
          const answer = await askOnce(question, call, false);
          takesSchemas = false;
          return answer;
        }
      } catch (error) {
        throw modelFailure(error, { apiKey, now: Date.now() });
      }
    },
  };
}
