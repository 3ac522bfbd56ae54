/**
 * Where lines are shown: in place on a terminal, and one after the other anywhere else.
 */
import type { WriteStream } from 'node:tty';

export interface Screen {
  /** Whether lines can be drawn again. */
  readonly isLive: boolean;
  readonly width: number;
  /** Shows these lines instead of those before. Only on a live screen. */
  draw(lines: readonly string[]): void;
  /** Leaves what was drawn, and adds a line. */
  print(line: string): void;
}

const DEFAULT_WIDTH = 100;

export function createScreen(out: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }): Screen {
  let drawn = 0;
  return {
    isLive: out.isTTY === true,
    get width() {
      return out.columns ?? DEFAULT_WIDTH;
    },
    draw(lines) {
      // What has scrolled away cannot be drawn again.
      const shown = lines.slice(0, Math.max(1, (out.rows ?? lines.length + 1) - 1));
      out.write(`${drawn === 0 ? '' : `\u001b[${drawn}A`}${shown.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[J`);
      drawn = shown.length;
    },
    print(line) {
      out.write(`${line}\n`);
      drawn = 0;
    },
  };
}
