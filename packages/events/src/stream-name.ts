/**
 * The names of streams. A name is the only link between an event and its course or node, so it is made and
 * read here and nowhere else (the projection's SQL does the same with substr, and a test holds them equal).
 */
import { NODE_ID_PATTERN } from './course-map.ts';
import { InvalidStreamNameError } from './errors.ts';

export type CourseMapStream = `course_map-${string}`;
export type NodeStream = `node-${string}+${string}`;
export type RecoveryStream = `recovery-${string}`;
export type SubscriptionStream = `subscription-${string}`;
export type StreamName = CourseMapStream | NodeStream | RecoveryStream | SubscriptionStream;

/** What stands before the first hyphen of a stream's name. */
export type StreamCategory = 'course_map' | 'node' | 'recovery' | 'subscription';

/** The category of a stream, by its name. */
export function categoryOf(stream: StreamName): StreamCategory {
  return stream.slice(0, stream.indexOf('-')) as StreamCategory;
}

/** The two ids that name a node. */
export interface NodeKey {
  readonly courseMapId: string;
  readonly nodeId: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const UUID_PATTERN = new RegExp(`^${UUID}$`);
const COURSE_MAP_STREAM = new RegExp(`^course_map-(${UUID})$`);
const SUBSCRIPTION_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const NODE_STREAM = new RegExp(`^node-(${UUID})\\+([A-Za-z0-9_-]{1,64})$`);

/** Whether `text` is a UUID in the lower-case form that stream names use. */
export function isUuid(text: string): boolean {
  return UUID_PATTERN.test(text);
}

/** @throws InvalidStreamNameError when the id is no lower-case UUID */
export function courseMapStream(courseMapId: string): CourseMapStream {
  requireUuid(courseMapId);
  return `course_map-${courseMapId}`;
}

/** @throws InvalidStreamNameError when an id cannot be part of a stream's name */
export function nodeStream({ courseMapId, nodeId }: NodeKey): NodeStream {
  requireUuid(courseMapId);
  if (!NODE_ID_PATTERN.test(nodeId)) throw new InvalidStreamNameError(nodeId);
  return `node-${courseMapId}+${nodeId}`;
}

/** @throws InvalidStreamNameError when the id is no lower-case UUID */
export function recoveryStream(recoveryId: string): RecoveryStream {
  requireUuid(recoveryId);
  return `recovery-${recoveryId}`;
}

/** @throws InvalidStreamNameError when the name cannot be a subscription's */
export function subscriptionStream(name: string): SubscriptionStream {
  if (!SUBSCRIPTION_NAME.test(name)) throw new InvalidStreamNameError(name);
  return `subscription-${name}`;
}

/** The node that a stream tells of; undefined for a stream of another kind. */
export function nodeOfStream(stream: string): NodeKey | undefined {
  const [, courseMapId, nodeId] = NODE_STREAM.exec(stream) ?? [];
  return courseMapId === undefined || nodeId === undefined ? undefined : { courseMapId, nodeId };
}

/** The course that a stream belongs to: its own for a course map's stream, its course for a node's. */
export function courseOfStream(stream: string): string | undefined {
  return COURSE_MAP_STREAM.exec(stream)?.[1] ?? nodeOfStream(stream)?.courseMapId;
}

function requireUuid(id: string): void {
  if (!isUuid(id)) throw new InvalidStreamNameError(id);
}
