/**
 * What an event says about whom: read from events as the log has them, of whatever type.
 */
import type { CourseEvent } from '@coursewright/client';

const OF_NODE = /^node-([0-9a-f-]{36})\+(.+)$/;
const OF_COURSE = /^course_map-([0-9a-f-]{36})$/;

/** The course that it belongs to, if it does. */
export function courseOf({ stream }: Pick<CourseEvent, 'stream'>): string | undefined {
  return OF_NODE.exec(stream)?.[1] ?? OF_COURSE.exec(stream)?.[1];
}

/** The node that it happened to, if it did not happen to something else. */
export function nodeOf({ stream }: Pick<CourseEvent, 'stream'>): string | undefined {
  return OF_NODE.exec(stream)?.[2];
}

/** The worker that it is about. */
export function workerOf({ data }: Pick<CourseEvent, 'data'>): string | undefined {
  return textOf(data['worker_id']);
}

export function attemptOf({ data }: Pick<CourseEvent, 'data'>): number | undefined {
  return typeof data['attempt'] === 'number' ? data['attempt'] : undefined;
}

/** Of a course that is over, how many of its nodes failed for good; 0 of anything else. */
export function failedNodesOf({ type, data }: Pick<CourseEvent, 'type' | 'data'>): number {
  return type === 'CourseMapCompleted' && typeof data['failed_nodes'] === 'number' ? data['failed_nodes'] : 0;
}

/** Who caused it. */
export function actorOf({ metadata }: Pick<CourseEvent, 'metadata'>): string {
  return textOf(metadata['actor']) ?? 'unknown';
}

/** Whom a line names: the worker that it is about, or who caused it. */
export function whoOf(event: Pick<CourseEvent, 'data' | 'metadata'>): string {
  return shortWorker(workerOf(event) ?? actorOf(event));
}

export function correlationOf({ metadata }: Pick<CourseEvent, 'metadata'>): string | undefined {
  return textOf(metadata['correlation_id']);
}

/** The position of the event that led to it; undefined when that was a request, or nothing that is on record. */
export function causeOf({ metadata }: Pick<CourseEvent, 'metadata'>): number | undefined {
  const cause = textOf(metadata['causation_id']);
  return cause !== undefined && /^\d{1,15}$/.test(cause) ? Number(cause) : undefined;
}

/** Why, in a few words: what an operator wrote comes first, for it says most. */
export function whyOf({ data, metadata }: Pick<CourseEvent, 'data' | 'metadata'>): string | undefined {
  const error = data['error'] as { readonly code?: unknown; readonly message?: unknown } | undefined;
  const told = [textOf(error?.code), textOf(error?.message)].filter((part) => part !== undefined).join(': ');
  const code = textOf(data['reason']) ?? textOf(data['cause']);
  return textOf(metadata['reason']) ?? code?.replaceAll('_', ' ') ?? (told === '' ? undefined : told);
}

/** A worker's id, short enough for a line: what tells it from the others. */
export function shortWorker(id: string): string {
  return id.replace(/^generation-/, '').slice(0, 24);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
