/**
 * A course as lines for a terminal: a bar, and a row for each node. What a model wrote is never let near the terminal's own commands.
 */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import type { CourseView, NodeStatus, NodeView } from './course-view.ts';

type Style = Parameters<typeof styleText>[0];

/** A status has a shape and a word, and a colour besides. */
const LOOKS: Readonly<Record<NodeStatus, { readonly shape: string; readonly word: string; readonly style: Style }>> = {
  pending: { shape: '·', word: 'pending', style: 'dim' },
  generating: { shape: '▶', word: 'generating', style: 'cyan' },
  completed: { shape: '✓', word: 'completed', style: 'green' },
  failed: { shape: '✗', word: 'failed', style: 'red' },
  cancelled: { shape: '–', word: 'cancelled', style: 'dim' },
  quiz_pending: { shape: '?', word: 'quiz', style: 'dim' },
};
/** The same for the course as a whole. */
export const COURSE_LOOKS: Readonly<Record<CourseView['status'], { readonly word: string; readonly style: Style }>> = {
  initializing: { word: 'initializing', style: 'cyan' },
  generating: { word: 'generating', style: 'cyan' },
  completed: { word: 'completed', style: 'green' },
  partial_failed: { word: 'partly failed', style: 'yellow' },
  failed: { word: 'failed', style: 'red' },
  cancelled: { word: 'cancelled', style: 'dim' },
};
const WORD_WIDTH = 10;
const LONGEST_BAR = 40;

export interface TableSettings {
  /** In columns. */
  readonly width: number;
  readonly isColoured: boolean;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** The whole table; no line is wider than the terminal. */
export function courseTable({ name, status, error, nodes }: CourseView, { width, isColoured, now }: TableSettings): string[] {
  const paint = (style: Style, text: string): string => (isColoured ? styleText(style, text, { validateStream: false }) : text);
  const learn = nodes.filter((node) => node.status !== 'quiz_pending');
  const done = learn.filter((node) => node.status === 'completed').length;
  const failed = learn.filter((node) => node.status === 'failed').length;
  const told = learn.length === 0 ? '' : fit(`  ${done} of ${learn.length} cards${failed === 0 ? '' : `, ${failed} failed`}`, width);
  const barWidth = Math.max(0, Math.min(LONGEST_BAR, width - stringWidth(told)));
  // Full when it is whole, and not before.
  const full = learn.length === 0 ? 0 : Math.floor((barWidth * done) / learn.length);
  const look = COURSE_LOOKS[status];
  const idWidth = Math.max(0, ...nodes.map((node) => stringWidth(node.id)));
  const titleWidth = Math.max(10, Math.min(44, width - idWidth - WORD_WIDTH - 30));
  return [
    `${paint('bold', fit(name, Math.max(0, width - stringWidth(look.word) - 2)))}  ${paint(look.style, look.word)}`,
    `${paint('green', '█'.repeat(full))}${paint('dim', '░'.repeat(barWidth - full))}${told}`,
    ...(error === null ? [] : [paint('red', fit(`the last planning failed: ${error}`, width))]),
    '',
    ...nodes.map((node) => {
      const { shape, word, style } = LOOKS[node.status];
      const row = `${shape} ${pad(node.id, idWidth)}  ${pad(node.title, titleWidth)}  ${word.padEnd(WORD_WIDTH)}  ${details(node, now)}`;
      return paint(style, fit(row, width));
    }),
  ];
}

/** What happened to a node, on one line. */
export function nodeLine(node: NodeView, now: number): string {
  return `${node.id} ${LOOKS[node.status].word} ${details(node, now)}`.trim();
}

function details({ status, error, attempt, workerId, startedAt, endedAt }: NodeView, now: number): string {
  const took = startedAt === undefined ? [] : [seconds((endedAt ?? now) - startedAt)];
  if (status === 'generating') return [...took, ...(attempt === undefined || attempt === 1 ? [] : [`attempt ${attempt}`]), ...(workerId === undefined ? [] : [workerId])].join(' · ');
  if (status === 'completed') return took.join('');
  return harmless(error ?? '');
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

function pad(text: string, width: number): string {
  const fitted = fit(text, width);
  return fitted + ' '.repeat(Math.max(0, width - stringWidth(fitted)));
}

/** No wider than `width`, on one line. */
function fit(text: string, width: number): string {
  const whole = harmless(text);
  if (stringWidth(whole) <= width) return whole;
  let cut = '';
  for (const character of whole) {
    if (stringWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return width > 0 ? `${cut}…` : '';
}

/** Without what a terminal would obey, or would show in another order. */
function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
