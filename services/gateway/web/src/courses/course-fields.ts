/**
 * What a learner can say when he asks for a course, and how much of it. A test holds this to the API's own document.
 */
import type { CourseRequest } from '../course/fold.ts';

export const LEVELS = ['Novice', 'Beginner', 'Intermediate', 'Advanced'] as const;
export const MODES = ['Deep', 'Fast', 'Light'] as const;

export const TEXTS = [
  { name: 'topic', label: 'Topic', longest: 200, isRequired: true, example: 'Python Async' },
  { name: 'focus', label: 'Focus: what it should be good for', longest: 500, isRequired: true, example: 'Building async apps' },
  { name: 'verified_concept', label: 'What the learner knows already', longest: 500, isRequired: true, example: 'async/await basics' },
  { name: 'language', label: 'Language of the cards', longest: 35, isRequired: false, example: 'English' },
] as const;

export const MINUTES = { least: 30, most: 480, usual: 240 } as const;
export const CONCEPTS = { most: 20, longest: 200 } as const;

/** The request that a form says. What is wrong with it, the API says. */
export function requestOf(form: FormData): CourseRequest {
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const concepts = text('interested_concepts').split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const language = text('language');
  return {
    topic: text('topic'),
    level: text('level') as CourseRequest['level'],
    focus: text('focus'),
    verified_concept: text('verified_concept'),
    mode: text('mode') as CourseRequest['mode'],
    total_commitment_minutes: Number(text('total_commitment_minutes')),
    ...(concepts.length === 0 ? {} : { interested_concepts: concepts }),
    ...(language === '' ? {} : { language }),
  };
}
