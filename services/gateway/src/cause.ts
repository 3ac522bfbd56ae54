import type { EventMetadata } from '@coursewright/events';
import { currentTraceparent } from '@coursewright/telemetry';
import type { Principal } from './auth/principal.ts';

/** The request that an event is caused by. */
export interface Cause {
  readonly requestId: string;
  readonly principal: Principal;
}

/**
 * The metadata of an event that a client's request causes: who asked, or the gateway where nobody is told apart.
 *
 * @param reason why, where whoever asked has said so
 */
export function metadataOf({ requestId, principal }: Cause, reason?: string): EventMetadata {
  const { id: actor = 'gateway', tenant } = principal;
  const traceparent = currentTraceparent();
  return {
    correlation_id: requestId, causation_id: null, actor, via: 'http',
    ...(reason === undefined ? {} : { reason }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
