/**
 * Where a model thinks, and where it speaks. Models that have no channel of their own for it think in front of their answer, in one of a dozen
 * dresses, drafts of the answer included; what is thought must never be published.
 */

/** A part of a text, from the first character to behind the last. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

const NAMES = 'think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis|seed:think|antthinking|inner_monologue';

/**
 * What opens a thought: tags; brackets (Mistral); triangles (Kimi); tokens of Cohere, of OpenThinker; a channel that is not the final one
 * (Harmony, Gemma), with its tokens or, where a server has cut those out, at the very beginning.
 */
const OPENS = new RegExp(`<(?:${NAMES})>|\\[THINK\\]|◁think▷|<\\|START_THINKING\\|>|<\\|begin_of_thought\\|>|<\\|channel\\|?>(?!final)\\w+|^analysis(?=[A-Z{])`, 'giu');
/** What closes one. Where there is nothing to close, the opening was part of the prompt, and all before it was thought. */
const CLOSES = new RegExp(
  `</(?:${NAMES})>|\\[/THINK\\]|◁/think▷|<\\|END_THINKING\\|>|<\\|end_of_thought\\|>|<\\|channel\\|>final(?:<\\|constrain\\|>\\w+)?<\\|message\\|>|<channel\\|>|assistantfinal`, 'giu');

/**
 * The parts of a text that are spoken, in order.
 *
 * @param isQuoted whether what stands at this index is the content of an answer, which may well be about thinking
 */
export function spokenParts(text: string, isQuoted: (index: number) => boolean): Interval[] {
  const marks = [
    ...[...text.matchAll(OPENS)].map(({ index, 0: mark }) => ({ index, end: index + mark.length, opens: true })),
    ...[...text.matchAll(CLOSES)].map(({ index, 0: mark }) => ({ index, end: index + mark.length, opens: false })),
  ].filter(({ index }) => !isQuoted(index)).sort((one, other) => one.index - other.index);

  let spoken: Interval[] = [];
  let from: number | undefined = 0;
  for (const { index, end, opens } of marks) {
    if (opens) {
      if (from !== undefined) spoken.push({ from, to: index });
      from = undefined;
    } else {
      if (from !== undefined) spoken = [];
      from = end;
    }
  }
  if (from !== undefined) spoken.push({ from, to: text.length });
  return spoken;
}
