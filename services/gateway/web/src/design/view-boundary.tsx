/**
 * Stands around a view: what cannot be shown is said, and the rest of the page goes on. Mostly it is a file of an older release, which
 * the gateway does not have any more.
 */
import { Component, type ReactNode } from 'react';

interface State {
  readonly error: Error | undefined;
}

export class ViewBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <section className="state problem" role="alert">
        <h1>This view cannot be shown</h1>
        <p>{this.state.error.message}</p>
        <button type="button" onClick={() => location.reload()}>Load the page again</button>
      </section>
    );
  }
}
