/**
 * Sending, told in figures and as a span.
 */
import { inSpan, SpanKind, type Meter } from '@coursewright/telemetry';
import type { Send } from './sender.ts';

export function meterSend(send: Send, meter: Meter): Send {
  const attempts = meter.createHistogram('coursewright.delivery.duration_seconds', { description: 'Attempts to deliver to a webhook, by outcome.' });
  return (url, message, signal) =>
    inSpan('deliver webhook', { kind: SpanKind.CLIENT, attributes: { 'server.address': URL.parse(url)?.hostname ?? '' } }, async (span) => {
      const startedAt = performance.now();
      const result = await send(url, message, signal);
      if (result.status !== undefined) span.setAttribute('http.response.status_code', result.status);
      attempts.record((performance.now() - startedAt) / 1000, { outcome: result.kind });
      return result;
    });
}
