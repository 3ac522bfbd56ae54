/**
 * Why a model stopped, in words that providers do not agree on. The SDK knows those of OpenAI; what it does not know it calls `other`, and an
 * answer that was cut short could be taken for a whole one.
 */
import type { FinishReason } from 'ai';

/** Of Anthropic, Gemini, Mistral and servers that pass their words on, in lower case. */
const CUT_SHORT = new Set(['length', 'max_tokens', 'max_output_tokens', 'max_length', 'model_length', 'token_limit', 'model_context_window_exceeded', 'context_length_exceeded']);
const WITHHELD = new Set(['content_filter', 'safety', 'recitation', 'blocklist', 'prohibited_content', 'spii', 'refusal', 'sensitive']);

/** @param raw as the provider said it */
export function finishReasonOf(reason: FinishReason, raw: string | undefined): FinishReason {
  const said = (raw ?? '').trim().toLowerCase();
  if (CUT_SHORT.has(said)) return 'length';
  return WITHHELD.has(said) ? 'content-filter' : reason;
}
