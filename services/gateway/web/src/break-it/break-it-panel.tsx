/**
 * Buttons that break something for real, and what became of it.
 */
import { useState } from 'react';
import { duration } from '../design/times.ts';
import { everything } from '../live/everything.ts';
import { shortWorker } from '../live/event-facts.ts';
import { useStore } from '../live/store.ts';
import { courseHref } from '../routing.ts';
import { sentenceOf } from '../session/session.ts';
import { aftermathOf, type FaultMade, type Saved } from './aftermath.ts';
import { Tour } from './tour.tsx';
import { makeFault, useFaultsMade, useProcesses, type Fault, type LaunchedProcess } from './use-faults.ts';

const WORDS: Readonly<Record<Fault, string>> = {
  kill: 'killed (SIGKILL)', freeze: 'frozen (SIGSTOP)', thaw: 'thawed (SIGCONT)', cut_database: 'every session with the database cut', fail_model: 'the model fails for 5 s',
};

/** Nothing where nothing can be broken. */
export function BreakItPanel() {
  const processes = useProcesses();
  const made = useFaultsMade();
  const { events } = useStore(everything);
  const [problem, setProblem] = useState<string>();
  if (processes === undefined) return null;
  const act = (fault: Fault, process?: string): void => {
    setProblem(undefined);
    makeFault(fault, process).catch((error: unknown) => setProblem(sentenceOf(error)));
  };
  return (
    <section className="card break-it" aria-labelledby="break-title">
      <h2 id="break-title">Break it</h2>
      <p className="facts">For real, on this machine alone. The others go on with what was lost; a card that loses its worker ten times is set aside, and can be tried again.</p>
      <ul className="processes">
        {processes.map((process) => <Process key={process.name} process={process} onAct={act} />)}
      </ul>
      <div className="row">
        <button type="button" className="quiet" onClick={() => act('cut_database')}>Cut the database</button>
        <button type="button" className="quiet" onClick={() => act('fail_model')}>Make the model fail</button>
      </div>
      {problem === undefined ? null : <p role="alert" className="problem">{problem}</p>}
      <ol className="aftermath" aria-live="polite" aria-label="What became of it, the newest first">
        {made.toReversed().map((fault) => <Aftermath key={`${fault.at} ${fault.fault}`} fault={fault} saved={aftermathOf(fault, events)} />)}
      </ol>
      <Tour />
    </section>
  );
}

function Process({ process: { name, pid, state, worker_id: worker }, onAct }: { readonly process: LaunchedProcess; readonly onAct: (fault: Fault, process: string) => void }) {
  return (
    <li className={`process ${state}`}>
      <span><strong>{name}</strong> <span className="facts">{worker === null ? '' : shortWorker(worker)} {pid === null ? '' : `process ${pid}`} · {state === 'running' ? '● running' : state === 'frozen' ? '❄ frozen' : '✕ ended'}</span></span>
      <span className="row">
        <button type="button" className="quiet" disabled={state === 'ended'} onClick={() => onAct('kill', name)}>Kill −9 <span className="unseen">{name}</span></button>
        <button type="button" className="quiet" disabled={state === 'ended'} onClick={() => onAct(state === 'frozen' ? 'thaw' : 'freeze', name)}>{state === 'frozen' ? 'Thaw' : 'Freeze'} <span className="unseen">{name}</span></button>
      </span>
    </li>
  );
}

function Aftermath({ fault, saved }: { readonly fault: FaultMade; readonly saved: readonly Saved[] }) {
  const [first] = saved;
  return (
    <li>
      <strong>{fault.process === null ? '' : `${fault.process} `}{WORDS[fault.fault]}</strong>
      {first === undefined
        ? <span className="facts">{fault.fault === 'thaw' ? 'it goes on, with what is still its own' : 'nothing was lost so far'}</span>
        : <span className="noticed">noticed in {duration(Math.min(...saved.map(({ noticedAfterMs }) => noticedAfterMs)))}</span>}
      <ul>{saved.map((each) => <li key={each.stream}>{what(each)}: {fate(each)}</li>)}</ul>
    </li>
  );
}

function what({ courseMapId, nodeId }: Saved) {
  if (courseMapId === undefined) return 'its work';
  return <a href={courseHref(courseMapId, nodeId)}>{nodeId ?? 'planning'}</a>;
}

function fate({ wentOnWith, isDone, hasFailed, fromJournal }: Saved): string {
  if (hasFailed) return 'failed for good; it can be tried again';
  if (isDone) return fromJournal ? 'done; the answer was in the journal: nothing paid' : `done${wentOnWith === undefined ? '' : ` by ${shortWorker(wentOnWith)}`}`;
  return wentOnWith === undefined ? 'taken back, and queued again' : `goes on with ${shortWorker(wentOnWith)}`;
}
