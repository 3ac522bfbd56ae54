/**
 * What a new user reads when everything runs: where it is, three requests to paste, and a way into the database.
 */

import { EXAMPLE } from './first-course.ts';

export interface BannerFacts {
  readonly url: string;
  readonly databaseUrl: string;
  /** The generation processes, to try what happens when one is killed. */
  readonly generationPids: readonly number[];
  readonly tookMs: number;
}

/** Where the command looks when it is told nothing. */
const DEFAULT_URL = 'http://127.0.0.1:8000';

export function banner({ url, databaseUrl, generationPids, tookMs }: BannerFacts): string {
  const body = JSON.stringify(EXAMPLE);
  return [
    '',
    `  Coursewright is ready at ${url} (after ${(tookMs / 1000).toFixed(1)} s)`,
    '',
    `  See it: ${url}`,
    '',
    '  Ask for a course (the answer has its course_map_id):',
    `    curl -s ${url}/api/v1/course-map/generate -H 'content-type: application/json' -d '${body}'`,
    '  Watch it grow:',
    `    ${url === DEFAULT_URL ? '' : `COURSEWRIGHT_URL=${url} `}npx -y pnpm@12 coursewright watch COURSE_MAP_ID`,
    '  Read a card:',
    `    curl -s ${url}/api/v1/course-map/COURSE_MAP_ID/nodes/n1`,
    '  All that the API does:',
    `    ${url}/docs`,
    '  Look inside:',
    `    psql '${databaseUrl}'`,
    '',
    '  Kill a worker while it writes, and see its nodes go on with the other:',
    `    kill -9 ${generationPids[0] ?? ''}     (or the other one: ${generationPids.slice(1).join(', ')})`,
    '  Prove that nothing was lost or done twice:',
    `    DATABASE_URL='${databaseUrl}' npx -y pnpm@12 prove`,
    '  Ctrl-C stops everything; starting again goes on where it was.',
    '',
  ].join('\n');
}
