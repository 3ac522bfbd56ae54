export * from './client.ts';
export { CoursewrightError, type Problem } from './coursewright-error.ts';
export type { CourseEvent, News, Progress, WatchOptions } from './watch.ts';
export type { components, operations, paths } from './openapi.ts';
