/**
 * One line that grows, on a terminal; nothing elsewhere.
 */
const WIDTH = 30;

export function progressBar(stream: NodeJS.WriteStream): { show(done: number, total: number): void; clear(): void } {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show(done, total) {
      const share = total === 0 ? 1 : done / total;
      const filled = Math.round(share * WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      stream.write(`\r${bar} ${Math.floor(share * 100)} %  ${done.toLocaleString('en')} of ${total.toLocaleString('en')} events`);
    },
    clear: () => void stream.write('\r\u001b[2K'),
  };
}
