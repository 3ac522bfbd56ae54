/**
 * How much of something is done.
 */
export function ProgressBar({ done, of, what }: { readonly done: number; readonly of: number; readonly what: string }) {
  // A native element: its length is a value, so that no style has to be written into the page.
  return <progress value={done} max={Math.max(of, 1)} aria-label={what} />;
}
