/** Adds up what a call was billed for, so that the repair's tokens, and those of a call that failed, are not lost. */
import type { Usage } from '../../application/author.ts';

/** Token counts as a provider reports them: perhaps absent, and not to be trusted. */
export interface ReportedUsage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

export interface UsageMeter {
  add(reported: ReportedUsage): void;
  /** The sum so far; undefined when no answer came. An answer without (sane) counts adds 0. */
  read(): Usage | undefined;
}

export function createUsageMeter(): UsageMeter {
  let sum: Usage | undefined;
  return {
    add(reported) {
      sum = {
        input_tokens: (sum?.input_tokens ?? 0) + tokens(reported.inputTokens),
        output_tokens: (sum?.output_tokens ?? 0) + tokens(reported.outputTokens),
      };
    },
    read: () => sum,
  };
}

/** More tokens than any model takes: a count above it is a mistake, not a bill. */
const MOST_TOKENS = 100_000_000;

function tokens(count = 0): number {
  return Number.isSafeInteger(count) && count >= 0 && count <= MOST_TOKENS ? count : 0;
}
