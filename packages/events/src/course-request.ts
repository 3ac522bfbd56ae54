/**
 * What a learner asks for. The gateway validates a body against this schema, the log keeps it in
 * `CourseMapRequested`, and an author is given it: one definition, so that no two can disagree.
 */
import { z } from 'zod';

export const LEVELS = ['Novice', 'Beginner', 'Intermediate', 'Advanced'] as const;
export const MODES = ['Deep', 'Fast', 'Light'] as const;

export type Level = (typeof LEVELS)[number];
export type Mode = (typeof MODES)[number];

/** Free text of a client's: trimmed, not empty, without control characters (Postgres refuses NUL in jsonb). */
export const text = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((value) => !hasForbiddenCharacter(value), 'must not hold control characters or broken Unicode');

function hasForbiddenCharacter(value: string): boolean {
  // Tab and line breaks are ordinary in a sentence that somebody pasted.
  // eslint-disable-next-line no-control-regex -- naming the control characters is the purpose
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u.test(value) || !value.isWellFormed();
}

export const courseRequestSchema = z.strictObject({
  topic: text(200),
  level: z.enum(LEVELS),
  focus: text(500),
  verified_concept: text(500),
  mode: z.enum(MODES),
  total_commitment_minutes: z.int().min(30).max(480),
  interested_concepts: z.array(text(200)).max(20).optional(),
  language: text(35).optional(),
});

export type CourseRequest = z.infer<typeof courseRequestSchema>;

/** How many nodes a map may have, from and to. */
export const NODE_COUNT_BY_MODE: Readonly<Record<Mode, readonly [number, number]>> = {
  Light: [5, 8],
  Fast: [10, 14],
  Deep: [16, 20],
};
