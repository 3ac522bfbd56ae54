/**
 * What is wrong with a value, told field by field, in words for the person who sent it: which field, and what is allowed.
 */
import type { z } from 'zod';
import type { FieldProblem } from '../problem.ts';

type Issue = z.core.$ZodIssue;

/** The values of a whole: a body's are fields, a query string's are parameters. */
export type Whole = 'body' | 'query';

/** Every mistake that a schema found in `value`. */
export function fieldProblems(issues: readonly Issue[], value: unknown, whole: Whole): FieldProblem[] {
  return issues.flatMap((issue) => {
    const field = issue.path.length === 0 ? whole : issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      const kind = whole === 'query' ? 'parameter' : 'field';
      return issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: `is not a known ${kind}; leave it out` }));
    }
    const given = valueAt(value, issue.path);
    const isMissing = issue.path.length > 0 && given === undefined && issue.code !== 'custom';
    return [{ field, message: isMissing ? `is missing; it ${allowed(issue, given)}` : allowed(issue, given) }];
  });
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'must be text',
  int: 'must be a whole number',
  number: 'must be a number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a JSON object',
};

function allowed(issue: Issue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      // The only lists in a query string are parameters that were given twice.
      if (Array.isArray(given) && issue.expected === 'string') return 'must be one text, not a list';
      return EXPECTED[issue.expected] ?? issue.message;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bound(issue.origin, Number(issue.minimum), 'or more');
    case 'too_big':
      return bound(issue.origin, Number(issue.maximum), 'or less');
    default:
      return issue.message;
  }
}

function bound(origin: string, limit: number, side: 'or more' | 'or less'): string {
  if (origin === 'string') return limit === 1 && side === 'or more' ? 'must not be empty' : `must have ${limit} characters ${side}`;
  if (origin === 'array') return `must have ${limit} entries ${side}`;
  return `must be ${limit} ${side}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}
