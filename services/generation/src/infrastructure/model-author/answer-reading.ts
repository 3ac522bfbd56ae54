/** What came of reading a model's answer: content that obeys the rules, or what is wrong with it, in plain words. */
import type { z } from 'zod';

export type Reading<Content> =
  | { readonly ok: true; readonly value: Content }
  /** Each problem is one sentence, told to the model in the repair and to an operator if that fails too. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** The problems that a schema found, each with the path to it: `nodes.2.layer: expected number, …`. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
}

/** The content, if no rule was broken. */
export function readingOf<Content>(value: Content, problems: readonly string[]): Reading<Content> {
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems };
}
