/**
 * Reads what tap says (TAP 14, one point per test file at the outermost level) and tells, file by file, what came of it.
 */

/** How many assertions passed and so on, as tap counts them: a file that crashed or timed out is one that failed. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Failure {
  /** The titles on the way to the assertion, outermost first. */
  readonly path: readonly string[];
  /** tap's diagnosis: YAML lines. */
  readonly diagnosis: readonly string[];
}

export interface FileResult {
  readonly file: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** What the file said in comments, such as where its evidence is. */
  readonly comments: readonly string[];
  /** Everything, as tap wrote it. */
  readonly lines: readonly string[];
}

const POINT = /^( *)(not )?ok \d+(?: - (.*?))?(?: # (?:time=([\d.]+)ms|((?:SKIP|TODO)\b.*)))?$/;
const SUBTEST = /^( *)# Subtest: (.*)$/;
const COMMENT = /^ *# (?!Subtest: |time=|\{ total: )(.+)$/;
const TOTALS = /^# \{ total: \d+(?!\d).*\}$/;

/** Feed it one line after another; ask for the totals at the end. It never throws, whatever the lines are. */
export class TapReader {
  #open: { title: string; indent: number; empty: boolean }[] = [];
  #lines: string[] = [];
  #comments: string[] = [];
  #failures: { path: string[]; diagnosis: string[] }[] = [];
  #passed = 0;
  /** The failure of the last point, which the YAML block behind it explains. */
  #lastFailure: { path: string[]; diagnosis: string[] } | undefined;
  /** Where the lines of the current YAML block go, and the line that ends it. */
  #block: { lines: string[]; end: string } | undefined;
  #totals: Totals | undefined;

  /** Takes a line; returns the result of a test file when the line completes one. */
  read(line: string): FileResult | undefined {
    this.#lines.push(line);
    if (this.#block !== undefined) {
      if (line === this.#block.end) this.#block = undefined;
      else this.#block.lines.push(line);
      return undefined;
    }
    const block = /^( *)---$/.exec(line);
    if (block !== null) {
      this.#block = { lines: this.#lastFailure?.diagnosis ?? [], end: `${block[1] ?? ''}...` };
      return undefined;
    }
    const subtest = SUBTEST.exec(line);
    if (subtest !== null) {
      this.#open.push({ indent: subtest[1]?.length ?? 0, title: subtest[2] ?? '', empty: true });
      return undefined;
    }
    if (TOTALS.test(line)) this.#totals = readTotals(line);
    const comment = COMMENT.exec(line)?.[1];
    if (comment !== undefined) this.#comments.push(comment);
    const point = POINT.exec(line);
    return point === null ? undefined : this.#point(point);
  }

  /** What tap added up; undefined when it never came to that. Complete once every line was read. */
  get totals(): Totals | undefined {
    return this.#totals;
  }

  #point([, indentation = '', not, title = '', time, directive]: RegExpExecArray): FileResult | undefined {
    this.#lastFailure = undefined;
    const indent = indentation.length;
    const failed = not !== undefined && !directive?.startsWith('TODO');
    const innermost = this.#open.at(-1);
    const closes = innermost?.indent === indent;
    const path = [...this.#open.map((open) => open.title), ...(closes ? [] : [title])];
    // tap counts a subtest that asserted nothing as one assertion, so that is what we do.
    const counts = !closes || innermost.empty;
    if (closes) this.#open.pop();
    const outer = this.#open.at(-1);
    if (outer !== undefined) outer.empty = false;
    // A point that closes a subtest repeats what its assertions said, unless it failed without any of them.
    const explained = closes && this.#failures.some((failure) => startsWith(failure.path, path));
    if (failed && !explained) {
      this.#lastFailure = { path, diagnosis: [] };
      this.#failures.push(this.#lastFailure);
    }
    if (!failed && counts && directive === undefined) this.#passed += 1;
    return indent === 0 ? this.#file(title, !failed, Number(time ?? 0) / 1_000) : undefined;
  }

  #file(file: string, ok: boolean, seconds: number): FileResult {
    const result = {
      file,
      ok,
      seconds,
      passed: this.#passed,
      failures: this.#failures.map(({ path, diagnosis }) => ({ path: withoutFile(path), diagnosis: [...diagnosis] })),
      comments: this.#comments,
      lines: this.#lines,
    };
    this.#lines = [];
    this.#comments = [];
    this.#failures = [];
    this.#passed = 0;
    return result;
  }
}

/** The first title is the file itself; an assertion is known by the rest. */
function withoutFile(path: readonly string[]): readonly string[] {
  return path.length > 1 ? path.slice(1) : path;
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((title, depth) => path[depth] === title);
}

function readTotals(line: string): Totals {
  const count = (name: string): number => Number(new RegExp(`\\b${name}: (\\d+)`).exec(line)?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') };
}
