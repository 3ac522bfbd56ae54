/**
 * What is shown while there is nothing to show: on its way, nothing there, refused, failed.
 */
import type { ReactNode } from 'react';
import { CoursewrightError } from '@coursewright/client';
import { sentenceOf } from '../session/session.ts';

export function Loading({ what }: { readonly what: string }) {
  return <p className="state" role="status">Loading {what}…</p>;
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <section className="state">
      <h1>{title}</h1>
      {children}
    </section>
  );
}

export function Failed({ error, onAgain }: { readonly error: unknown; readonly onAgain?: (() => void) | undefined }) {
  const isForbidden = error instanceof CoursewrightError && error.status === 403;
  return (
    <section className="state problem" role="alert">
      <p>{isForbidden ? 'Your key may not see this. ' : ''}{sentenceOf(error)}</p>
      {onAgain === undefined ? null : <button type="button" onClick={onAgain}>Try again</button>}
    </section>
  );
}
