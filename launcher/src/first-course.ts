/**
 * A course for a new user to look at, before he has asked for one.
 */
import { createClient } from '@coursewright/client';

/** A request that anybody may try. */
export const EXAMPLE = {
  topic: 'Python Async',
  level: 'Intermediate',
  focus: 'Building async apps',
  verified_concept: 'async/await basics',
  mode: 'Deep',
  total_commitment_minutes: 240,
} as const;

/**
 * Asks for a course where there is none yet. May be called at every start.
 *
 * @param url of the gateway
 * @throws CoursewrightError, TypeError when the gateway refuses or does not answer
 */
export async function askForFirstCourse(url: string): Promise<void> {
  const { api, ask } = createClient({ baseUrl: url });
  const { course_maps: courses } = await ask(api.GET('/api/v1/course-map/list', { params: { query: { limit: 1 } } }));
  if (courses.length === 0) await ask(api.POST('/api/v1/course-map/generate', { body: EXAMPLE, headers: { prefer: 'respond-async' } }));
}
