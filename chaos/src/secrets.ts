/**
 * Looks for what must be nowhere: the key of the provider and the password of the database, in whatever the services wrote
 * or answered; and for lines in a log that no logger wrote.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

const TABLES = ['recorded_events', 'course_map_states', 'node_states', 'artifacts', 'llm_calls', 'llm_call_bodies', 'workers', 'pgboss.job',
  'archived_events', 'webhook_deliveries', 'usage_ledger', 'parked_streams'];

/** What was found, in sentences; empty when all is well. */
export async function findLeaks(stage: Stage, answers: readonly string[], secrets: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const secret of secrets) if (answers.some((answer) => answer.includes(secret))) found.push('a secret stands in an answer of the gateway');
  for (const table of TABLES) {
    for (const secret of secrets) {
      const [row] = await stage.query<{ n: string }>(`SELECT count(*) AS n FROM ${table} t WHERE strpos(t::text, $1) > 0`, [secret]);
      if (Number(row?.n ?? 0) > 0) found.push(`a secret stands in ${table}`);
    }
  }
  for (const file of (await readdir(stage.folder)).filter((name) => name.endsWith('.log'))) {
    const text = await readFile(join(stage.folder, file), 'utf8');
    for (const secret of secrets) if (text.includes(secret)) found.push(`a secret stands in ${file}`);
    // The last line of a process that was killed may be half written.
    const lines = text.split('\n').slice(0, -1);
    const forged = lines.filter((line) => !isLogLine(line));
    if (forged.length > 0) found.push(`${file} has a line that no logger wrote: ${forged[0]?.slice(0, 120) ?? ''}`);
  }
  return found;
}

function isLogLine(line: string): boolean {
  try {
    const { level, msg, service } = JSON.parse(line) as Record<string, unknown>;
    return typeof level === 'string' && typeof msg === 'string' && typeof service === 'string' && msg !== 'Forged line';
  } catch {
    return false;
  }
}
