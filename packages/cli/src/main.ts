/**
 * `coursewright`: the API, at a terminal.
 */
import { createClient, CoursewrightError } from '@coursewright/client';
import { Command } from 'commander';
import { createScreen } from './screen.ts';
import { watchInTerminal } from './watch-in-terminal.ts';

const DEFAULT_URL = 'http://127.0.0.1:8000';

const program = new Command('coursewright').description('Courses that always finish.');

program
  .command('watch')
  .description('shows a course as it is written, until it is over; ends with 0 when it is completed, and with 1 when it is not')
  .argument('<course-map-id>', 'as `generate` gave it')
  .option('--url <url>', 'where the gateway is (or COURSEWRIGHT_URL)', process.env['COURSEWRIGHT_URL'] ?? DEFAULT_URL)
  .action(async (courseMapId: string, { url }: { readonly url: string }) => {
    const stopping = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
    const status = await watchInTerminal(createClient({ baseUrl: url }), courseMapId, createScreen(process.stdout), stopping.signal);
    // Whoever stops looking is told nothing of how it ends.
    process.exitCode = status === 'completed' ? 0 : status === undefined ? 130 : 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  const wayOut = error instanceof CoursewrightError ? '' : '\nIs the gateway there? --url says where it is.';
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${wayOut}\n`);
  process.exitCode = 2;
}
