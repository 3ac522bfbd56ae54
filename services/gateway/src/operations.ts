/**
 * Everything that the API does.
 */
import type { Operation } from './api/operation.ts';
import type { Gateway } from './gateway.ts';
import { cancelOperations } from './routes/cancel.ts';
import { courseMapOperations } from './routes/course-maps.ts';
import { deskOperations } from './routes/desk.ts';
import { documentationOperations } from './routes/documentation.ts';
import { eventOperations } from './routes/events.ts';
import { failureOperations } from './routes/failures.ts';
import { faultOperations } from './routes/faults.ts';
import { healthOperations } from './routes/health.ts';
import { historyOperations } from './routes/history.ts';
import { nodeOperations } from './routes/nodes.ts';
import { pageOperations } from './routes/page.ts';
import { progressOperations } from './routes/progress.ts';
import { recoveryOperations } from './routes/recovery.ts';
import { retryPlanningOperations } from './routes/retry-planning.ts';
import { webhookOperations } from './routes/webhooks.ts';

/** Whom a listener is for. Where administrators have one of their own, to everybody else their operations are not there. */
export type Audience = 'everybody' | 'all but administrators' | 'administrators';

export function createOperations(gateway: Gateway, audience: Audience = 'everybody'): readonly Operation[] {
  const operations = [
    ...courseMapOperations(gateway),
    ...cancelOperations(gateway),
    ...retryPlanningOperations(gateway),
    ...progressOperations(gateway),
    ...historyOperations(),
    ...eventOperations(gateway),
    ...nodeOperations(gateway),
    ...recoveryOperations(gateway),
    ...webhookOperations(gateway),
    ...deskOperations(gateway),
    ...failureOperations(gateway),
    ...faultOperations(gateway),
    ...healthOperations(gateway),
    ...pageOperations(),
  ];
  const served = operations.filter(({ scope }) => isFor(audience, scope));
  return [...served, ...documentationOperations(served)];
}

function isFor(audience: Audience, scope: Operation['scope']): boolean {
  if (audience === 'everybody' || scope === 'none') return true;
  return (audience === 'administrators') === (scope === 'admin');
}
