/** How long a provider asks to be left alone. */
import t from 'tap';
import { readRetryAfter } from '../../src/infrastructure/model-author/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

const waits = (title: string, headers: Record<string, string> | undefined, expected: number | undefined) =>
  t.test(title, async (t) => t.equal(readRetryAfter(headers, NOW), expected));

waits('no headers: no wish', undefined, undefined);
waits('no header of that name: no wish', { date: 'Sun, 01 Mar 2026 12:00:00 GMT' }, undefined);
waits('seconds are seconds', { 'retry-after': '7' }, 7000);
waits('zero is zero', { 'retry-after': '0' }, 0);
waits('fractions of a second count', { 'retry-after': '0.25' }, 250);
waits('milliseconds are more exact than seconds', { 'retry-after-ms': '120', 'retry-after': '1' }, 120);
waits('milliseconds that are no number give way to seconds', { 'retry-after-ms': 'soon', 'retry-after': '2' }, 2000);
waits('a date is a time from now', { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, 30_000);
waits('a date that has passed is now', { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0);
waits('a week is cut to a day', { 'retry-after': '604800' }, DAY_MS);
waits('more digits than a number holds are cut to a day', { 'retry-after': '9'.repeat(400) }, DAY_MS);
waits('a negative number is no wish', { 'retry-after': '-5' }, undefined);
waits('words are no wish', { 'retry-after': 'in a while' }, undefined);
waits('an empty header is no wish', { 'retry-after': '' }, undefined);
