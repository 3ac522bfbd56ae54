/**
 * Says whether what is shown is how it is. It never lies: lost is lost, and since when.
 */
import { CoursewrightError } from '@coursewright/client';
import type { Connection } from '../live/connection.ts';
import { clock } from './times.ts';

export function ConnectionNote({ connection }: { readonly connection: Connection }) {
  return <p className={`connection ${connection.kind}`} role="status">{words(connection)}</p>;
}

function words(connection: Connection): string {
  switch (connection.kind) {
    case 'connecting': return 'Connecting…';
    case 'live': return 'Live';
    case 'lost': return `Connection lost since ${clock(connection.since)}; trying again`;
    case 'refused': return connection.error instanceof CoursewrightError && connection.error.status === 403 ? 'Not live: the key may not read events' : 'Not live';
  }
}
