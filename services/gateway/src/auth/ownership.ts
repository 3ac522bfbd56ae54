/**
 * Whether a course is a tenant's own: asked before anything is done with one, whatever the operation. To a tenant, a course of somebody
 * else is no course.
 */
import { forgetOldest } from '@coursewright/process';
import { Problem } from '../problem.ts';
import type { Readers } from '../queries/reader.ts';

export interface Ownership {
  /** @throws Problem course_map_not_found, the same for a course that is not there and for one that is another's */
  require(tenant: string, courseMapId: string): Promise<void>;
}

/** For good: a course changes its tenant as little as its id. So what was seen once is not asked again. */
const MOST_REMEMBERED = 10_000;
const IS_VISIBLE = 'SELECT FROM course_map_states WHERE id = $1';

export function createOwnership(readers: Readers): Ownership {
  const owned = new Set<string>();
  return {
    async require(tenant, courseMapId) {
      const pair = `${tenant} ${courseMapId}`;
      if (owned.has(pair)) return;
      const { rowCount } = await readers.of(tenant).query({ name: 'is-visible', text: IS_VISIBLE, values: [courseMapId] });
      if (rowCount !== 1) throw new Problem('course_map_not_found', { detail: courseMapId });
      owned.add(pair);
      forgetOldest(owned, MOST_REMEMBERED);
    },
  };
}
