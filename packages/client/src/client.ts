/**
 * The API for programs: its operations, typed by its own OpenAPI document, and watching, which is more than one request.
 */
import createFetchClient, { type Client as FetchClient } from 'openapi-fetch';
import { CoursewrightError } from './coursewright-error.ts';
import type { paths } from './openapi.ts';
import { watch, type Connection, type News, type Overview, type Progress, type WatchOptions } from './watch.ts';

export interface ClientSettings {
  /** Where the gateway is: `http://127.0.0.1:8000`. */
  readonly baseUrl: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface Client {
  /**
   * Every operation, by method and path: `api.GET('/api/v1/course-map/{course_map_id}', { params: { path: { course_map_id } } })`.
   * Resolves with `{ data, error, response }`, as openapi-fetch has it; {@link Client.ask} throws instead.
   */
  readonly api: FetchClient<paths>;
  /**
   * The data of an answer. @throws CoursewrightError what the API refused with
   *
   * @example const { course_map_id } = await ask(api.POST('/api/v1/course-map/generate', { body }));
   */
  readonly ask: <Data>(answer: Promise<{ readonly data?: Data; readonly error?: unknown; readonly response: Response }>) => Promise<Data>;
  /**
   * A course as it happens: how it stands, then each of its events, once and in order, for as long as somebody reads. A connection that is lost,
   * or silent, is made again, and nothing is missed; when the log was restored from an older backup, it begins anew with how it stands.
   * Ends when `signal` is aborted.
   *
   * @throws CoursewrightError when there is no such course, or it may not be watched
   */
  watchCourse(courseMapId: string, options?: WatchOptions): AsyncGenerator<News<Progress>, void, undefined>;
  /** All courses, as {@link Client.watchCourse} does one. */
  watchEverything(options?: WatchOptions): AsyncGenerator<News<Overview>, void, undefined>;
}

export function createClient({ baseUrl, headers = {}, fetch = globalThis.fetch }: ClientSettings): Client {
  const origin = baseUrl.replace(/\/$/, '');
  const connection: Connection = { fetch, headers };
  return {
    api: createFetchClient<paths>({ baseUrl: origin, headers, fetch }),

    async ask(answer) {
      const { data, error, response } = await answer;
      if (data !== undefined) return data;
      throw new CoursewrightError(response.status, isProblem(error) ? error : undefined);
    },

    watchCourse: (courseMapId, options = {}) => watch(`${origin}/api/v1/course-map/${encodeURIComponent(courseMapId)}/events`, connection, options),
    watchEverything: (options = {}) => watch(`${origin}/api/v1/events`, connection, options),
  };
}

function isProblem(error: unknown): error is NonNullable<CoursewrightError['problem']> {
  return typeof error === 'object' && error !== null && 'code' in error && 'request_id' in error;
}
