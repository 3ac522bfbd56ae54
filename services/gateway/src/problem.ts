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

/** What a code stands for: told in the answer, in the OpenAPI document, and on the page that its `type` leads to. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What it means, and the way out. */
  readonly meaning: string;
}

const kind = (status: number, title: string, meaning: string): ProblemKind => ({ status, title, meaning });

export const PROBLEMS = {
  invalid_request: kind(400, 'The request is not valid', 'A field, a parameter, a header or an id is wrong. `errors` names each, with what is allowed. Correct them; nothing was changed.'),
  invalid_json: kind(400, 'The body is not a JSON object', 'The body is no complete JSON object in UTF-8, has a key twice in one object, more than 1,000 keys or 32 levels, or would change its own prototype.'),
  unauthenticated: kind(401, 'Nobody can tell who asks', 'Send a valid key or token in the header `Authorization: Bearer …`. `pnpm keys create` makes keys.'),
  forbidden: kind(403, 'This needs a scope that the key or token does not have', '`detail` names the scope. A key has the scopes that it was made with; make another.'),
  foreign_origin: kind(403, 'A page of another site may not do this', 'The browser says that a page of another origin sent the request. Pages whose origin stands in `CORS_ORIGINS` may; programs that are no browser are not asked.'),
  route_not_found: kind(404, 'There is nothing at this path', 'No operation has this path. The OpenAPI document has them all.'),
  course_map_not_found: kind(404, 'There is no such course map', 'No course has this id, or, with `at`, it was not there yet at that instant.'),
  node_not_found: kind(404, 'The course map has no such node', 'The course is there and has no node of this id, or is not planned yet.'),
  quiz_has_no_card: kind(404, 'A quiz has no knowledge card', 'The node is a quiz. Quizzes are planned, and not written.'),
  card_not_ready: kind(404, 'The node has no knowledge card yet', '`node_status` tells how far the node is. Follow the progress of its course; a failed node can be asked for again.'),
  failure_not_found: kind(404, 'Nothing stands failed in this way', 'No node that may be asked for again has failed with this fingerprint; it may have been asked for again already.'),
  no_launcher: kind(404, 'Nothing can be broken here', 'Faults are made on purpose by the launcher of `pnpm start`, on a machine of one\'s own. A deployed gateway makes none.'),
  webhook_not_found: kind(404, 'There is no such webhook endpoint', 'No endpoint has this id; it may have been deleted.'),
  method_not_allowed: kind(405, 'The path does not know this method', 'The header `Allow` names the methods that it knows.'),
  not_acceptable: kind(406, 'The answer cannot be of the type that you accept', 'The header `Accept` leaves out the type of the answer, which `detail` names. Accept it, or everything.'),
  node_not_failed: kind(409, 'Only a failed node can be retried', '`node_status` tells how the node is; without it, somebody else asked at the same instant. There is nothing to be done.'),
  course_map_not_failed: kind(409, 'Only a course whose planning failed can be retried', 'The course is planned or being planned. A failed node is asked for again by itself.'),
  course_map_over: kind(409, 'The course map is over', 'It is completed, failed or cancelled, and what was asked for would change nothing.'),
  course_map_archived: kind(409, 'The course map is archived', 'It can be read, and stays as it is until an operator brings it back with `pnpm db:archive --restore`.'),
  fault_not_possible: kind(409, 'This cannot be broken at this moment', '`detail` says why: the process is not there, ended, or not in a state for it.'),
  too_many_webhooks: kind(409, 'There are as many webhook endpoints as there may be', 'There are a hundred. Delete one first.'),
  held_by_somebody: kind(409, 'Somebody is changing this at the moment', 'An open transaction, of an operator in psql for example, holds what is to be changed. Try again after `Retry-After` seconds.'),
  request_in_flight: kind(409, 'The same request is being answered', 'A request with this `Idempotency-Key` is being answered, or was by a process that has just died. Try again after `Retry-After` seconds, and get its answer.'),
  body_too_large: kind(413, 'The body is too large', 'A body may have 64 KiB.'),
  unsupported_media_type: kind(415, 'The body must be JSON', 'Send it as JSON, with the header `content-type: application/json`.'),
  unknown_host: kind(421, 'This gateway is not reached by this name', 'The header `Host` names none that the gateway goes by. An open gateway on loopback answers to loopback alone, so that no page of another site can pass itself off as its own. `ALLOWED_HOSTS` names others.'),
  idempotency_key_reused: kind(422, 'This key was sent with another request', 'A key stands for one request: its method, path, parameters and body. Send the same, or use a new key.'),
  too_many_courses: kind(429, 'The tenant has as many courses in flight as it may', 'Each course that is neither completed, failed nor cancelled counts. Wait until one is over, or cancel one, and come back after `Retry-After` seconds.'),
  rate_limited: kind(429, 'You have sent as many requests as you may for now', 'The headers `RateLimit-Policy` and `RateLimit` tell how many there may be, and how many are left. Come back after `Retry-After` seconds.'),
  too_many_streams: kind(429, 'This client has as many event streams open as it may', 'Close one, or come back after `Retry-After` seconds. Clients are told apart by their address.'),
  internal_error: kind(500, 'Something went wrong on our side', 'A defect. Its cause is in the log of the gateway, under the `request_id`.'),
  planning_failed: kind(502, 'No course map could be planned', 'The course is there (`course_map_id`), and its planning failed for good or was cancelled while you waited; `cause` is a stable code. Ask again with `retry`.'),
  schema_mismatch: kind(503, 'The database has another schema than this gateway', '`detail` says which of the two is behind, and how it is brought up. Nothing is served meanwhile, for half of it would fail. Try again after `Retry-After` seconds.'),
  database_unavailable: kind(503, 'The database cannot be reached', 'It is away, read-only, or too busy. Nothing was changed, unless the answer was lost on its way. Try again after `Retry-After` seconds.'),
  authentication_unavailable: kind(503, 'Nobody can tell who asks at the moment', 'The keys of the identity provider cannot be had. Try again after `Retry-After` seconds; keys of the API itself go on working.'),
  streams_full: kind(503, 'There are as many event streams open as there may be', 'This process has no place left. Come back after `Retry-After` seconds, to another if there is one.'),
  no_generation_process: kind(503, 'No generation process is running', 'The request is on record, and will be answered by the next generation process that starts.'),
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemDetails {
  /** For this occurrence: what to do about it. */
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Where a code is explained. Relative, as RFC 9457 allows: it resolves against whatever name the gateway was reached by, and needs no
 * other server. Programs look at `code`.
 */
export function problemType(code: ProblemCode): string {
  return `/docs/problems/${code}`;
}

/** Thrown by a route; becomes the answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(details.detail ?? PROBLEMS[code].title, { cause: details.cause });
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.title = PROBLEMS[code].title;
    this.details = details;
  }

  /** The document of RFC 9457. */
  toDocument(requestId: string) {
    const { detail, errors, members } = this.details;
    return {
      type: problemType(this.code),
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
