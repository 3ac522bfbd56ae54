/**
 * Faults, made on purpose: on a machine of one's own, by the launcher that runs everything there. A gateway that no launcher started
 * has nobody to ask, whoever asks it.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { FaultRefusedError, FAULTS, hostnameOf, isLoopback, type LauncherChannel } from '@coursewright/process';
import { instant } from '../api/course-documents.ts';
import { operation, type Operation } from '../api/operation.ts';
import type { Gateway } from '../gateway.ts';
import { Problem } from '../problem.ts';

const processName = z.string().min(1).max(100).meta({ examples: ['generation-1'] });
const workerId = z.string().nullable().meta({ description: 'How the log knows it.' });

const launchedProcess = z
  .strictObject({ name: processName, pid: z.int().nullable(), worker_id: workerId, state: z.enum(['running', 'frozen', 'ended']) })
  .meta({ id: 'LaunchedProcess' });

const fault = z.enum(FAULTS).meta({
  description: '`kill`: SIGKILL, and the launcher starts another. `freeze`: SIGSTOP, until `thaw` or for half a minute. `cut_database`: every session with the database is ended. '
    + '`fail_model`: the offline model fails for five seconds.',
});

const faultBody = z.strictObject({ fault, process: processName.optional().meta({ description: 'Whom it befalls, of `listProcesses`; for `kill`, `freeze` and `thaw`.' }) });

const COMMON = { tag: 'Administration', scope: 'admin' } as const;

export function faultOperations({ launcher }: Gateway): Operation[] {
  return [
    operation({
      ...COMMON,
      id: 'listProcesses',
      method: 'get',
      path: '/api/v1/local/processes',
      summary: 'The processes that can be broken',
      description: 'Only under the local launcher.',
      answers: { 200: { description: 'Those that generate.', body: z.strictObject({ processes: z.array(launchedProcess) }) } },
      problems: ['no_launcher'],
      async handle({ ctx }) {
        ctx.body = { processes: await required(ctx, launcher).processes() };
      },
    }),
    operation({
      ...COMMON,
      id: 'makeFault',
      method: 'post',
      path: '/api/v1/local/faults',
      summary: 'Break something',
      description: 'Only under the local launcher. The course finishes all the same.',
      body: faultBody,
      answers: {
        200: {
          description: 'It is broken.',
          body: z.strictObject({ fault, process: processName.nullable(), worker_id: workerId, at: instant.meta({ description: 'When, by the clock of the machine.' }) }).meta({ id: 'FaultMade' }),
        },
      },
      problems: ['no_launcher', 'fault_not_possible'],
      async handle({ ctx, body }) {
        try {
          ctx.body = await required(ctx, launcher).makeFault({ fault: body.fault, process: body.process });
        } catch (error) {
          if (!(error instanceof FaultRefusedError)) throw error;
          throw new Problem('fault_not_possible', { detail: error.message, cause: error });
        }
      },
    }),
  ];
}

/** A page of somebody else's that has its own name point to this machine comes with that name. */
function required({ host }: Context, launcher: LauncherChannel | undefined): LauncherChannel {
  if (launcher === undefined || !isLoopback(hostnameOf(host))) throw new Problem('no_launcher', { detail: 'This gateway was not started by `pnpm start`, or is not asked by its own name on this machine.' });
  return launcher;
}
