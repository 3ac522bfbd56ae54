/**
 * How something stands: by a shape and a word, and by a colour besides.
 */
export type Status = 'initializing' | 'pending' | 'generating' | 'completed' | 'partial_failed' | 'failed' | 'cancelled' | 'quiz_pending';

const SHAPES: Readonly<Record<Status, string>> = {
  initializing: '◌', pending: '○', generating: '◐', completed: '●', partial_failed: '▲', failed: '✕', cancelled: '⊘', quiz_pending: '◇',
};
const WORDS: Readonly<Record<Status, string>> = {
  initializing: 'being planned', pending: 'waiting', generating: 'being written', completed: 'completed', partial_failed: 'partly failed', failed: 'failed', cancelled: 'cancelled', quiz_pending: 'quiz',
};

export function statusWord(status: Status): string {
  return WORDS[status];
}

export function StatusMark({ status }: { readonly status: Status }) {
  return <span className={`status ${status}`}><span className="shape" aria-hidden="true">{SHAPES[status]}</span> {WORDS[status]}</span>;
}
