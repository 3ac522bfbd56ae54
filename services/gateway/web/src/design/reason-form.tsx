/**
 * Asks why, before something is done: the reason stands in the event.
 */
import { useState, type SubmitEvent } from 'react';
import { sentenceOf } from '../session/session.ts';

const LONGEST = 500;

export function ReasonForm({ act, onAct, onCancel }: { readonly act: string; readonly onAct: (reason: string) => Promise<void>; readonly onCancel: () => void }) {
  const [doing, setDoing] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const reason = new FormData(event.currentTarget).get('reason');
    if (typeof reason !== 'string' || reason.trim() === '') return setProblem('Say why: the reason stands in the log.');
    setDoing(true);
    setProblem(undefined);
    try {
      await onAct(reason.trim());
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      setDoing(false);
    }
  }

  return (
    <form className="reason" onSubmit={(event) => void submit(event)} onKeyDown={(event) => event.key === 'Escape' && onCancel()}>
      <label>Why? It stands in the log.
        {/* Whoever pressed the button is here to write. */}
        <input name="reason" maxLength={LONGEST} required autoFocus autoComplete="off" />
      </label>
      {problem === undefined ? null : <p role="alert" className="problem">{problem}</p>}
      <div className="row">
        <button type="submit" disabled={doing}>{act}</button>
        <button type="button" className="quiet" onClick={onCancel}>Not now</button>
      </div>
    </form>
  );
}
