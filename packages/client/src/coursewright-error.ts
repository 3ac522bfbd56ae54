import type { components } from './openapi.ts';

/** RFC 9457, as the API has it. */
export type Problem = components['schemas']['Problem'];

/** The API refused, or could not: what it said is in `problem`. */
export class CoursewrightError extends Error {
  override readonly name = 'CoursewrightError';
  /** Stable; undefined when it was no problem document, as from a proxy on the way. */
  readonly code: Problem['code'] | undefined;
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(problem === undefined ? `the answer had the status ${status}` : `${problem.code}: ${problem.detail ?? problem.title}`);
    this.code = problem?.code;
    this.status = status;
    this.problem = problem;
  }
}

/** What an answer says that went wrong. Reads its body. */
export async function errorOf(response: Response): Promise<CoursewrightError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  const body = await response.text().catch(() => '');
  return new CoursewrightError(response.status, isProblem ? (JSON.parse(body) as Problem) : undefined);
}
