/**
 * What a benchmark found, and how it is printed: a table for people, JSON for programs.
 */

export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
  /** What the bare tool can do, measured in the same run. */
  readonly baseline?: { readonly what: string; readonly value: number };
}

export function print(findings: readonly Finding[]): void {
  const rows = findings.map(({ what, value, unit, goal, baseline }) => ({
    what,
    measured: `${round(value)} ${unit}`,
    goal,
    baseline: baseline === undefined ? '' : `${baseline.what}: ${round(baseline.value)} ${unit}`,
    ratio: baseline === undefined ? '' : (value / baseline.value).toFixed(2),
  }));
  console.table(rows);
  console.log(JSON.stringify(findings));
}

function round(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 1 ? value.toFixed(1) : value.toPrecision(2);
}

/** The value below which this share of the sorted samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
