/** A live screen is drawn in place; what is not a terminal gets lines. */
import t from 'tap';
import { createScreen } from '../../src/screen.ts';

function terminal(rows?: number) {
  const written: string[] = [];
  return { written, screen: createScreen({ isTTY: true, columns: 80, ...(rows === undefined ? {} : { rows }), write: (text: string) => (written.push(text), true) }) };
}

t.test('what was drawn before is drawn over, and what is left of it is cleared', async (t) => {
  const { screen, written } = terminal(24);
  screen.draw(['a', 'b', 'c']);
  screen.draw(['d']);
  t.same(written, ['\u001b[2Ka\n\u001b[2Kb\n\u001b[2Kc\n\u001b[J', '\u001b[3A\u001b[2Kd\n\u001b[J']);
  screen.print('over');
  screen.draw(['e']);
  t.same(written.slice(2), ['over\n', '\u001b[2Ke\n\u001b[J']);
});

t.test('no more is drawn than the terminal has rows, for what scrolled away could not be drawn over', async (t) => {
  const { screen, written } = terminal(3);
  screen.draw(['a', 'b', 'c', 'd']);
  t.same(written, ['\u001b[2Ka\n\u001b[2Kb\n\u001b[J']);
});
