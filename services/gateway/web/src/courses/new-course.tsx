/**
 * Asks for a course: every field of the API, with its limits as one types; and what it would be and cost, before anything is paid.
 */
import { useRef, useState } from 'react';
import { CoursewrightError, type components } from '@coursewright/client';
import { useStore } from '../live/store.ts';
import { courseHref } from '../routing.ts';
import { sentenceOf, session } from '../session/session.ts';
import { CONCEPTS, LEVELS, MINUTES, MODES, requestOf, TEXTS } from './course-fields.ts';

type Estimate = components['schemas']['CourseEstimate'];
type Problems = Readonly<Record<string, string>>;

const GENERATE = '/api/v1/course-map/generate';

export function NewCourse() {
  const { client } = useStore(session);
  const form = useRef<HTMLFormElement>(null);
  const [problems, setProblems] = useState<Problems>({});
  const [problem, setProblem] = useState<string>();
  const [estimate, setEstimate] = useState<Estimate>();
  const [isAsking, setAsking] = useState(false);

  async function ask(work: (body: ReturnType<typeof requestOf>) => Promise<void>): Promise<void> {
    if (form.current === null || !form.current.reportValidity()) return;
    setAsking(true);
    setProblem(undefined);
    setProblems({});
    try {
      await work(requestOf(new FormData(form.current)));
    } catch (error) {
      const fields = error instanceof CoursewrightError ? (error.problem?.errors ?? []) : [];
      setProblems(Object.fromEntries(fields.map(({ field, message }) => [field.split(/[.[]/)[0] ?? field, message])));
      setProblem(sentenceOf(error));
    } finally {
      setAsking(false);
    }
  }

  const preview = (): Promise<void> => ask(async (body) => {
    const answer = await client.ask(client.api.POST(GENERATE, { body, params: { query: { dry_run: true } } }));
    setEstimate('dry_run' in answer ? answer : undefined);
  });
  const make = (): Promise<void> => ask(async (body) => {
    // The page shows how it is planned; it need not wait for that.
    const answer = await client.ask(client.api.POST(GENERATE, { body, headers: { Prefer: 'respond-async' } }));
    if ('course_map_id' in answer) location.hash = courseHref(answer.course_map_id);
  });

  return (
    <section className="card narrow" aria-labelledby="new-title">
      <h1 id="new-title">New course</h1>
      <form ref={form} className="fields" onSubmit={(event) => { event.preventDefault(); void make(); }} onChange={() => setEstimate(undefined)}>
        {TEXTS.map(({ name, label, longest, isRequired, example }) => (
          <Text key={name} name={name} label={label} longest={longest} isRequired={isRequired} example={example} problem={problems[name]} />
        ))}
        <Choice name="level" label="Level" options={LEVELS} usual="Intermediate" />
        <Choice name="mode" label="Mode" options={MODES} usual="Light" />
        <label htmlFor="minutes">Minutes in all, {MINUTES.least} to {MINUTES.most}</label>
        <input id="minutes" name="total_commitment_minutes" type="number" min={MINUTES.least} max={MINUTES.most} defaultValue={MINUTES.usual} required />
        <Problem of={problems['total_commitment_minutes']} />
        <label htmlFor="concepts">Concepts of interest, one a line: {CONCEPTS.most} at most, each of {CONCEPTS.longest} characters (may be left out)</label>
        <textarea id="concepts" name="interested_concepts" rows={3} />
        <Problem of={problems['interested_concepts']} />
        {problem === undefined ? null : <p role="alert" className="problem">{problem}</p>}
        {estimate === undefined ? null : <Estimated estimate={estimate} />}
        <div className="row">
          <button type="submit" disabled={isAsking}>Make the course</button>
          <button type="button" className="quiet" disabled={isAsking} onClick={() => void preview()}>What would it be?</button>
        </div>
      </form>
    </section>
  );
}

function Text({ name, label, longest, isRequired, example, problem }: { readonly name: string; readonly label: string; readonly longest: number; readonly isRequired: boolean; readonly example: string; readonly problem: string | undefined }) {
  const [length, setLength] = useState(0);
  const id = `field-${name}`;
  return (
    <>
      <label htmlFor={id}>{label}{isRequired ? '' : ' (may be left out)'} <span className="number limit" aria-hidden="true">{length}/{longest}</span></label>
      <input
        id={id}
        name={name}
        maxLength={longest}
        required={isRequired}
        placeholder={example}
        aria-describedby={`${id}-limit`}
        aria-invalid={problem !== undefined}
        onChange={({ currentTarget: { value } }) => setLength(value.length)}
      />
      <span id={`${id}-limit`} className="unseen">At most {longest} characters.</span>
      <Problem of={problem} />
    </>
  );
}

function Choice({ name, label, options, usual }: { readonly name: string; readonly label: string; readonly options: readonly string[]; readonly usual: string }) {
  return (
    <>
      <label htmlFor={`field-${name}`}>{label}</label>
      <select id={`field-${name}`} name={name} defaultValue={usual}>{options.map((option) => <option key={option}>{option}</option>)}</select>
    </>
  );
}

function Problem({ of }: { readonly of: string | undefined }) {
  return of === undefined ? null : <span className="problem">{of}</span>;
}

function Estimated({ estimate: { nodes, learn_nodes: learn, calls, input_tokens: input, output_tokens: output, cost, basis } }: { readonly estimate: Estimate }) {
  const range = ({ least, most }: Estimate['nodes']): string => (least === most ? String(least) : `${least} to ${most}`);
  return (
    <dl className="facts estimate" role="status">
      <div><dt>Nodes</dt><dd>{range(nodes)}, of which {range(learn)} get a card</dd></div>
      <div><dt>Calls</dt><dd>{range(calls)}</dd></div>
      <div><dt>Tokens</dt><dd>{input === null || output === null ? 'unknown: there were no calls to go by' : `${range(input)} in, ${range(output)} out`}</dd></div>
      <div><dt>Cost</dt><dd>{cost === null ? 'unknown: no prices are set' : range(cost)}</dd></div>
      <div><dt>Told from</dt><dd>{basis.courses} courses, {basis.calls} calls</dd></div>
    </dl>
  );
}
