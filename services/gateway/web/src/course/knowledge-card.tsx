/**
 * A knowledge card, as a reader sees it: its pages, one at a time.
 */
import { useMemo, useRef, useState } from 'react';
import { pagesOfCard, type Part } from './card-markup.ts';

/** What makes markup of text, where the browser asks who does: this alone may. What it is given is clean. */
const policy = (globalThis as { readonly trustedTypes?: TrustedTypePolicyFactory }).trustedTypes?.createPolicy('card', { createHTML: (markup) => markup });

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { readonly createHTML: (markup: string) => string }): { createHTML(markup: string): string };
}

export function KnowledgeCard({ markdown }: { readonly markdown: string }) {
  const pages = useMemo(() => pagesOfCard(markdown), [markdown]);
  const [page, setPage] = useState(0);
  const place = useRef<HTMLDivElement>(null);
  const turnTo = (next: number): void => {
    setPage(next);
    // A page begins at its top.
    place.current?.scrollTo({ top: 0 });
    place.current?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div className="knowledge-card">
      <div ref={place} className="page" tabIndex={0} role="region" aria-label={`Page ${page + 1} of ${pages.length}`}>{(pages[page] ?? []).map((part, index) => <Shown key={`${page}-${index}`} part={part} />)}</div>
      <nav className="pages row" aria-label="Pages of the card">
        <button type="button" className="quiet" disabled={page === 0} onClick={() => turnTo(page - 1)}>Before</button>
        <span className="number" role="status">Page {page + 1} of {pages.length}</span>
        <button type="button" className="quiet" disabled={page + 1 >= pages.length} onClick={() => turnTo(page + 1)}>Next</button>
      </nav>
    </div>
  );
}

function Shown({ part }: { readonly part: Part }) {
  switch (part.kind) {
    case 'text': return <div className="prose" dangerouslySetInnerHTML={trusted(part.markup)} />;
    case 'expert-tip': return <aside className="expert-tip" aria-label="Expert tip" dangerouslySetInnerHTML={trusted(part.markup)} />;
    case 'key-elements': return (
      <aside className="key-elements" aria-label="Key elements">
        <ul>{part.items.map((item) => <li key={item} dangerouslySetInnerHTML={trusted(item)} />)}</ul>
      </aside>
    );
  }
}

function trusted(markup: string): { readonly __html: string } {
  return { __html: policy?.createHTML(markup) ?? markup };
}
