/**
 * Asks for a key, where the gateway wants one.
 */
import { goOnWithKey } from './session.ts';

export function KeyForm({ wasRefused }: { readonly wasRefused: boolean }) {
  return (
    <section className="card narrow" aria-labelledby="key-title">
      <h1 id="key-title">Who asks?</h1>
      <p>This gateway wants a key. One that may read and write courses and read events is made with <code>pnpm keys create</code>; it is kept in this tab alone, and forgotten with it.</p>
      {wasRefused ? <p role="alert" className="problem">The key was refused: it is unknown, expired, or revoked.</p> : null}
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          const key = new FormData(event.currentTarget).get('key');
          if (typeof key === 'string' && key.trim() !== '') goOnWithKey(key.trim());
        }}
      >
        <label htmlFor="key">Key</label>
        <input id="key" name="key" type="password" autoComplete="off" required spellCheck={false} />
        <button type="submit">Go on</button>
      </form>
    </section>
  );
}
