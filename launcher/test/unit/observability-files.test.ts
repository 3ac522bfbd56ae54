/**
 * What is written for those who watch: rules and panels ask for figures that there are, by labels that they have, and every rule has its entry.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { observeDatabase, observeProcess, type Meter } from '@coursewright/telemetry';
import { createInstruments } from '../../../services/generation/src/application/instruments.ts';
import { observeRequests } from '../../../services/gateway/src/observe-requests.ts';
import { observeStreams } from '../../../services/gateway/src/streaming/stream-figures.ts';
import { meterSend } from '../../../services/relay/src/webhooks/metered-send.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Every series that processes tell, as Prometheus names it. */
function namesOfSeries(): Set<string> {
  const names = new Set<string>();
  const add = (...suffixes: string[]) => (name: string): object => {
    for (const suffix of suffixes) names.add(name.replaceAll('.', '_') + suffix);
    return { addCallback: () => undefined, add: () => undefined, record: () => undefined };
  };
  const meter = {
    createHistogram: add('_count', '_sum', '_bucket'), createCounter: add('_total'), createUpDownCounter: add(''),
    createObservableGauge: add(''), createObservableCounter: add('_total'), addBatchObservableCallback: () => undefined,
  } as unknown as Meter;
  createInstruments(meter);
  observeRequests(meter, false);
  observeStreams(meter, { taken: () => 0 });
  observeDatabase(meter, { totalCount: 0, idleCount: 0, waitingCount: 0, query: () => Promise.resolve({ rows: [] }) }, { warn: () => undefined });
  observeProcess(meter)();
  meterSend(() => Promise.resolve({ kind: 'delivered', status: 200 }), meter);
  return names;
}

const known = namesOfSeries();
const asked = (expression: string): string[] => expression.match(/\b(?:coursewright|http_server|process)_\w+/g) ?? [];
const { groups } = parse(read('deploy/observability/alerts.yaml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read('deploy/observability/dashboard.json')) as { panels: Panel[] };
const runbook = read('docs/runbook.md');
const operations = read('docs/operations.md');

t.test('every rule asks for figures that there are, and leads to an entry of the runbook', async (t) => {
  t.ok(rules.length > 10);
  for (const { alert, expr, labels, annotations } of rules) {
    t.ok(asked(expr).length > 0, alert);
    for (const name of asked(expr)) t.ok(known.has(name), `${alert}: ${name}`);
    t.ok(['critical', 'warning'].includes(labels.severity));
    t.match(annotations.summary, /\.$/);
    t.equal(annotations.runbook, `docs/runbook.md#${alert.toLowerCase()}`);
    t.match(runbook, `\n## ${alert}\n`);
  }
  const entries = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  t.same(entries, rules.map(({ alert }) => alert), 'in the same order, and no entry without a rule');
});

t.test('every panel asks for figures that there are', async (t) => {
  for (const { title, type, targets = [] } of panels) {
    if (type === 'row') continue;
    t.ok(targets.length > 0, title);
    for (const name of targets.flatMap(({ expr }) => asked(expr))) t.ok(known.has(name), `${title}: ${name}`);
  }
});

t.test('every figure has its line in the documentation', async (t) => {
  const section = operations.slice(operations.indexOf('## Figures and traces'), operations.indexOf('## What to alert on'));
  for (const name of known) {
    const base = name.replace(/_(count|sum|bucket)$/, '');
    const short = base.replace('coursewright_subscription_', '…_');
    t.ok(section.includes(`\`${base}\``) || section.includes(`\`${short}\``), base);
  }
});
