/**
 * Chooses which events are looked at, among those that are there.
 */
import { useMemo } from 'react';
import type { CourseEvent } from '@coursewright/client';
import { courseOf, shortWorker, workerOf } from '../live/event-facts.ts';
import type { LogFilter } from './log-filter.ts';

export function LogFilterForm({ filter, events }: { readonly filter: LogFilter; readonly events: readonly CourseEvent[] }) {
  const known = useMemo(() => ({
    type: distinct(events.map(({ type }) => type)).sort(),
    course: distinct(events.map(courseOf)),
    worker: distinct(events.map(workerOf)),
  }), [events]);
  return (
    <form className="filters" onSubmit={(event) => event.preventDefault()}>
      <Choice label="Type" name="type" options={known.type} filter={filter} word={(type) => type} />
      <Choice label="Course" name="course" options={known.course} filter={filter} word={(id) => `…${id.slice(-12)}`} />
      <Choice label="Worker" name="worker" options={known.worker} filter={filter} word={shortWorker} />
      {filter.correlation === undefined ? null : <a className="chip" href={filter.with({ correlation: '' })}>one request <span aria-hidden="true">×</span><span className="unseen">: show all again</span></a>}
    </form>
  );
}

function Choice({ label, name, options, filter, word }: { readonly label: string; readonly name: 'type' | 'course' | 'worker'; readonly options: readonly string[]; readonly filter: LogFilter; readonly word: (option: string) => string }) {
  const chosen = filter[name] ?? '';
  const all = chosen === '' || options.includes(chosen) ? options : [chosen, ...options];
  return (
    <label>{label}{' '}
      <select value={chosen} onChange={({ currentTarget: { value } }) => void (location.hash = filter.with({ [name]: value }))}>
        <option value="">all</option>
        {all.map((option) => <option key={option} value={option}>{word(option)}</option>)}
      </select>
    </label>
  );
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}
