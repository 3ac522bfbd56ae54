/**
 * A table that is scrolled in itself where it is too wide.
 */
import type { ReactNode } from 'react';

export function Table({ label, head, children }: { readonly label: string; readonly head: readonly string[]; readonly children: ReactNode }) {
  return (
    <div className="table" role="region" aria-label={`${label}, as a table`} tabIndex={0}>
      <table>
        <thead><tr>{head.map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
