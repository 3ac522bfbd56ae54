/**
 * What is shown once everything is ready: where it is, and lines to copy into a second terminal. Pure.
 */

export interface BannerFacts {
  /** Where the gateway answers. */
  readonly url: string;
  /** For psql, password included: this is shown to the person who started it, on their own machine. */
  readonly databaseUrl: string;
  readonly processes: readonly { readonly name: string; readonly pid: number | undefined }[];
}

const REQUEST = {
  topic: 'Photosynthesis',
  level: 'Novice',
  focus: 'how a leaf makes sugar',
  verified_concept: 'plants need light',
  mode: 'Light',
  total_commitment_minutes: 60,
};

export function bannerOf({ url, databaseUrl, processes }: BannerFacts): string {
  const api = `${url}/api/v1/course-map`;
  const running = processes.map(({ name, pid }) => `${name} (pid ${pid ?? '-'})`).join(', ');
  return [
    '',
    `Coursewright is ready at ${url}  (API reference: ${url}/docs)`,
    `Running: ${running}. Kill one with kill -9 and see what happens.`,
    '',
    '# Ask for a course, and remember its id:',
    `COURSE=$(curl -s ${api}/generate -H 'content-type: application/json' -d '${JSON.stringify(REQUEST)}'`
      + ` | grep -o '"course_map_id":"[^"]*' | cut -d'"' -f4); echo $COURSE`,
    '# See how far it is:',
    `curl -s ${api}/$COURSE/progress`,
    '# Read the first card:',
    `curl -s ${api}/$COURSE/nodes/n1`,
    '# Look into the database:',
    `psql ${databaseUrl}`,
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}
