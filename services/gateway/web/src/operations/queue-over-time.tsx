/**
 * How deep the queue is and how many cards come out of it, since this view was opened.
 */
import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { everything } from '../live/everything.ts';
import type { Desk } from './operations-page.tsx';

const MOST = 300;
const HEIGHT = 180;
/** What the chart is wide, in seconds: all samples that are kept. Said to it, for around a single one it would draw years. */
const SPAN = 600;

interface Sample {
  /** Seconds since 1970, as the chart has it. */
  readonly at: number;
  readonly waiting: number;
  readonly running: number;
  /** In the last ten seconds. */
  readonly cards: number;
}

const SINCE_MS = 10_000;

const spanTo = (end: number): [number, number] => [end - SPAN, end];

export function QueueOverTime({ queues, at }: Pick<Desk, 'queues' | 'at'>) {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(undefined);
  const waiting = queues.reduce((sum, { ready, delayed }) => sum + ready + delayed, 0);
  const running = queues.reduce((sum, queue) => sum + queue.running, 0);
  const cards = everything.get().events.filter(({ type, recorded_at: recorded }) => type === 'GenerationCompleted' && at - Date.parse(recorded) < SINCE_MS).length;
  if (samples.at(-1)?.at !== at / 1000) setSamples([...samples, { at: at / 1000, waiting, running, cards }].slice(-MOST));

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return undefined;
    const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    // A canvas knows no light-dark(): the colour that stands in the page is read from an element that has it.
    const ink = getComputedStyle(parent).color;
    const accent = colour('--accent').startsWith('light-dark') ? getComputedStyle(document.querySelector('.top nav a:not([aria-current])') ?? parent).color : colour('--accent');
    const axis = { stroke: ink, grid: { show: false }, ticks: { stroke: ink } };
    const drawn = new UPlot({
      width: parent.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { show: false },
      axes: [axis, { ...axis, size: 36 }],
      scales: { x: { range: ({ data: [times] }) => spanTo(times.at(-1) ?? Date.now() / 1000) }, y: { range: (_chart, _least, most) => [0, Math.max(4, most)] } },
      series: [{}, { label: 'waiting', stroke: ink, width: 1.5 }, { label: 'running', stroke: accent, width: 2 }, { label: 'cards in 10 s', stroke: accent, width: 1, dash: [4, 4] }],
    }, [[], [], [], []], parent);
    chart.current = drawn;
    const resize = new ResizeObserver(() => drawn.setSize({ width: parent.clientWidth, height: HEIGHT }));
    resize.observe(parent);
    return () => {
      resize.disconnect();
      drawn.destroy();
    };
  }, []);
  useEffect(() => chart.current?.setData([samples.map((each) => each.at), samples.map((each) => each.waiting), samples.map((each) => each.running), samples.map((each) => each.cards)]), [samples]);

  return (
    <>
      <p className="facts number"><span>— {waiting} waiting</span><strong>— {running} running</strong><span>- - {cards} cards in 10 s</span></p>
      <div ref={place} className="chart" role="img" aria-label={`Over the last minutes: ${waiting} jobs wait now, ${running} run, ${cards} cards were done in ten seconds`} />
    </>
  );
}
