/**
 * Everything a client can be told went wrong, as RFC 9457 problem documents with a stable code. Statuses belong to
 * HTTP and are decided here, at its edge; nothing behind the routes knows them.
 */

/** One mistake in a request. */
export interface FieldProblem {
  /** Where: a field of the body, a parameter, a header. */
  readonly field: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

const TITLES = {
  invalid_request: [400, 'The request is not valid'],
  invalid_json: [400, 'The body is not a JSON object'],
  route_not_found: [404, 'There is nothing at this path'],
  course_map_not_found: [404, 'There is no such course map'],
  node_not_found: [404, 'The course map has no such node'],
  quiz_has_no_card: [404, 'A quiz has no knowledge card'],
  card_not_ready: [404, 'The node has no knowledge card yet'],
  webhook_not_found: [404, 'There is no such webhook endpoint'],
  method_not_allowed: [405, 'The path does not know this method'],
  node_not_failed: [409, 'Only a failed node can be retried'],
  course_map_not_failed: [409, 'Only a course whose planning failed can be retried'],
  course_map_over: [409, 'The course map is over'],
  course_map_archived: [409, 'The course map is archived'],
  too_many_webhooks: [409, 'There are as many webhook endpoints as there may be'],
  held_by_somebody: [409, 'Somebody is changing this at the moment'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body must be JSON'],
  too_many_streams: [429, 'This client has as many event streams open as it may'],
  internal_error: [500, 'Something went wrong on our side'],
  planning_failed: [502, 'No course map could be planned'],
  database_unavailable: [503, 'The database cannot be reached'],
  streams_full: [503, 'There are as many event streams open as there may be'],
  no_generation_process: [503, 'No generation process is running'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof TITLES;

export interface ProblemDetails {
  /** For this occurrence: what to do about it. */
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Thrown by a route; becomes the answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(details.detail ?? TITLES[code][1], { cause: details.cause });
    this.code = code;
    [this.status, this.title] = TITLES[code];
    this.details = details;
  }

  /** The document of RFC 9457. */
  toDocument(requestId: string) {
    const { detail, errors, members } = this.details;
    return {
      type: `urn:coursewright:problem:${this.code}`,
      title: this.title,
      status: this.status,
      code: this.code,
      ...(detail === undefined ? {} : { detail }),
      ...(errors === undefined ? {} : { errors }),
      ...members,
      request_id: requestId,
    };
  }
}
