/**
 * What this service counts and measures. The names are part of what other programs see: dashboards and alerts are made of them
 * (deploy/observability).
 */
import type { InterruptionCause } from '@coursewright/events';
import type { Meter } from '@coursewright/telemetry';
import type { LastVerdict } from './outcome-recorder.ts';

/** What an attempt was for, and what came of it. */
export interface EndedAttempt {
  readonly kind: 'node' | 'planning';
  readonly outcome: 'answered' | 'failed' | 'taken_away';
  /** Absent when it was taken away. */
  readonly verdict?: LastVerdict;
  readonly seconds: number;
}

export interface Instruments {
  attemptEnded(attempt: EndedAttempt): void;
  /** So many attempts were taken from their worker. */
  interrupted(cause: InterruptionCause, count: number, detectedAfterMs: number | null): void;
  /** A request was answered: by an earlier call, or by one that was paid for now. */
  answered(from: 'journal' | 'model'): void;
  modelCalled(call: { readonly outcome: string; readonly seconds: number; readonly inputTokens: number; readonly outputTokens: number; readonly cost: number }): void;
}

export function createInstruments(meter: Meter): Instruments {
  const attempts = meter.createHistogram('coursewright.attempt.duration_seconds', { description: 'Attempts from their claim to their record, by kind and outcome.' });
  const results = meter.createCounter('coursewright.results', { description: 'Answers that were brought to the log, by verdict: recorded, fenced, adopted, late.' });
  const interruptions = meter.createCounter('coursewright.interruptions', { description: 'Attempts that were taken from their worker, by cause.' });
  const detection = meter.createHistogram('coursewright.detection.duration_seconds', { description: 'From the last sign of life of a worker to the interruption of its work.' });
  const answers = meter.createCounter('coursewright.answers', { description: 'Requests that were answered, from the journal or by a model.' });
  const calls = meter.createHistogram('coursewright.model_call.duration_seconds', { description: 'Calls to the model, by outcome.' });
  const tokens = meter.createCounter('coursewright.tokens', { description: 'Tokens that calls were billed for, by direction.' });
  const cost = meter.createCounter('coursewright.cost', { description: 'What calls cost, in the currency of the configured prices.' });
  return {
    attemptEnded({ kind, outcome, verdict, seconds }) {
      attempts.record(seconds, { kind, outcome });
      if (verdict !== undefined) results.add(1, { kind, verdict });
    },
    interrupted(cause, count, detectedAfterMs) {
      interruptions.add(count, { cause });
      if (detectedAfterMs !== null) detection.record(detectedAfterMs / 1000, { cause });
    },
    answered: (from) => answers.add(1, { from }),
    modelCalled({ outcome, seconds, inputTokens, outputTokens, cost: paid }) {
      calls.record(seconds, { outcome });
      tokens.add(inputTokens, { direction: 'input' });
      tokens.add(outputTokens, { direction: 'output' });
      cost.add(paid);
    },
  };
}
