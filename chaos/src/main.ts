/**
 * `pnpm chaos [--seed N] [--kills K] [--mix kill,freeze,cut,db] [--workers W] [--calm N] [--plan] [--json]`
 *
 * A whole Coursewright of real processes, on a Postgres and with a model provider of its own; K faults; a quiet period; the
 * proof. The same seed has the same plan. Exit codes: 0 all is well, 1 something is not (the database is kept), 2 a mistake
 * in the arguments. `--help` explains each option.
 */
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULT_KINDS, planChaos, type FaultKind, type PlanOptions } from './plan.ts';
import { statusLine, tableOf } from './report.ts';
import { runChaos } from './run.ts';
import { setStage } from './stage.ts';

const USAGE = `usage: pnpm chaos [--seed N] [--kills K] [--mix kill,freeze,cut,db] [--workers W] [--calm N] [--plan] [--json]

  --seed N      the same seed has the same plan; one of its own otherwise
  --kills K     how many faults, of all kinds of the mix together; 20
  --mix KINDS   kill: SIGKILL · freeze: SIGSTOP for a while · cut: its network · db: Postgres crashes, or ends sessions; all
  --workers W   generation processes; 3
  --calm N      so many times as long between faults, and as many times the courses; 1
  --plan        print the plan and do nothing
  --json        print the outcome for programs
  --help        show this`;

// What is left of a failed run (a server that goes on, sessions with it) must not keep the command from ending.
process.exit(await main());

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  let options: PlanOptions & { readonly plan: boolean; readonly json: boolean };
  try {
    options = readArguments();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const plan = planChaos(options);
  if (options.plan) {
    console.log(JSON.stringify(plan, null, 2));
    return 0;
  }
  console.error(`Seed ${plan.seed}: ${plan.faults.length} faults, ${plan.courses.length} courses, ${plan.workers} workers.`);
  const folder = fileURLToPath(new URL(`../../.data/chaos-${plan.seed}-${process.pid}`, import.meta.url));
  const startedAt = Date.now();
  const stage = await setStage(plan, folder);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stage.close(false).then(() => process.exit(130)));
  }
  const isTerminal = process.stderr.isTTY;
  let failed = true;
  try {
    const outcome = await runChaos(plan, stage, (status) => {
      if (isTerminal) process.stderr.write(`\r\u001b[2K${statusLine(status, plan)}`);
    });
    if (isTerminal) process.stderr.write('\r\u001b[2K');
    console.log(options.json ? JSON.stringify({ seed: plan.seed, ...outcome }) : tableOf(outcome, plan, (Date.now() - startedAt) / 1000));
    failed = outcome.problems.length > 0;
  } finally {
    // Nobody at a terminal, nobody who would stop it: then what is kept is the folder alone.
    await stage.close(failed && !options.json);
    if (failed) tellHowToLook(folder, stage.databaseUrl(), options.json);
    else await rm(folder, { recursive: true, force: true });
  }
  return failed ? 1 : 0;
}

function tellHowToLook(folder: string, databaseUrl: string, isStopped: boolean): void {
  if (isStopped) {
    console.error(`The database and the logs of all processes are kept in ${folder}.`);
    return;
  }
  console.error([
    '',
    'The database is kept, and its server goes on running:',
    `  DATABASE_URL='${databaseUrl}' pnpm prove`,
    `  psql '${databaseUrl}'`,
    `The logs of all processes are in ${folder}.`,
    `When you have seen enough: kill -INT $(head -1 '${folder}/postgres/postmaster.pid') && rm -r '${folder}'`,
  ].join('\n'));
}

function readArguments(): PlanOptions & { readonly plan: boolean; readonly json: boolean } {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      kills: { type: 'string', default: '20' },
      mix: { type: 'string', default: FAULT_KINDS.join() },
      workers: { type: 'string', default: '3' },
      calm: { type: 'string', default: '1' },
      plan: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const mix = values.mix.split(',').map((word) => {
    const kind = FAULT_KINDS.find((known) => known === word);
    if (kind === undefined) throw new Error(`--mix: there is no fault ${JSON.stringify(word)}; there are ${FAULT_KINDS.join(', ')}.`);
    return kind satisfies FaultKind;
  });
  return {
    seed: values.seed === undefined ? randomInt(1_000_000) : whole('--seed', values.seed, 0, 2_147_483_647),
    kills: whole('--kills', values.kills, 1, 100_000),
    workers: whole('--workers', values.workers, 1, 20),
    calm: whole('--calm', values.calm, 1, 100),
    mix,
    plan: values.plan,
    json: values.json,
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) throw new Error(`${name} is a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
  return value;
}
