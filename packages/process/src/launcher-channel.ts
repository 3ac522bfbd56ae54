/**
 * What a service and the launcher that started it say to each other, over the channel that a parent has with its child: which processes
 * there are, and faults that are made on purpose, to see that nothing is lost by them. A service that no launcher started has no channel,
 * so there is nobody whom it could ask.
 */

/** End a worker; stop it as the kernel can, and let it go on; end every session with the database; have the offline model fail for a while. */
export const FAULTS = ['kill', 'freeze', 'thaw', 'cut_database', 'fail_model'] as const;
export type Fault = (typeof FAULTS)[number];

export interface LaunchedProcess {
  readonly name: string;
  /** Null while it is being started again. */
  readonly pid: number | null;
  /** How the log knows it; null before it has said so. */
  readonly worker_id: string | null;
  readonly state: 'running' | 'frozen' | 'ended';
}

export interface FaultRequest {
  readonly fault: Fault;
  /** Whom it befalls; undefined for what befalls all. */
  readonly process: string | undefined;
}

export interface FaultMade {
  readonly fault: Fault;
  readonly process: string | null;
  /** Whom it befell, as the log knows it. */
  readonly worker_id: string | null;
  /** When, to the millisecond. */
  readonly at: string;
}

/** The launcher would not: there is no such process, or it is not in a state for it. */
export class FaultRefusedError extends Error {
  override readonly name = 'FaultRefusedError';
  readonly code = 'fault_refused';
}

export interface LauncherChannel {
  processes(): Promise<readonly LaunchedProcess[]>;
  /** @throws FaultRefusedError */
  makeFault(request: FaultRequest): Promise<FaultMade>;
}

export type Question = { readonly ask: 'processes' } | ({ readonly ask: 'fault' } & FaultRequest);
export interface Asked {
  readonly kind: 'question';
  readonly number: number;
  readonly question: Question;
}
export interface Answered {
  readonly kind: 'answer';
  readonly number: number;
  readonly answer?: unknown;
  readonly refusal?: string;
}
/** From the launcher to a generation process: its offline model fails from now on, for so long. */
export interface ModelBreakdown {
  readonly kind: 'model-breakdown';
  readonly forMs: number;
}

const PATIENCE_MS = 5000;

/** The channel of this process; undefined where no launcher started it. */
export function openLauncherChannel(): LauncherChannel | undefined {
  if (process.send === undefined) return undefined;
  const waiting = new Map<number, (answer: Answered) => void>();
  let last = 0;
  process.on('message', (message: Answered) => {
    if (message.kind === 'answer') waiting.get(message.number)?.(message);
  });
  async function ask<Data>(question: Question): Promise<Data> {
    const number = (last += 1);
    const answer = await new Promise<Answered>((resolve) => {
      const tooLate = setTimeout(() => resolve({ kind: 'answer', number, refusal: 'the launcher does not answer' }), PATIENCE_MS);
      waiting.set(number, (answered) => {
        clearTimeout(tooLate);
        resolve(answered);
      });
      process.send?.({ kind: 'question', number, question } satisfies Asked);
    });
    waiting.delete(number);
    if (answer.refusal !== undefined) throw new FaultRefusedError(answer.refusal);
    return answer.answer as Data;
  }
  return {
    processes: () => ask({ ask: 'processes' }),
    makeFault: (request) => ask({ ask: 'fault', ...request }),
  };
}

/** Tells of every breakdown that the launcher orders. May be called where there is none. */
export function onModelBreakdown(tell: (forMs: number) => void): void {
  process.on('message', (message: ModelBreakdown) => {
    if (message.kind === 'model-breakdown') tell(message.forMs);
  });
}
