/**
 * Where a model thinks, and where it speaks. Models that have no channel of their own for it think in front of their answer, in one of a dozen
 * dresses, drafts of the answer included; what is thought must never be published.
 */

/** A part of a text, from the first character to behind the last. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

const NAMES = 'think|thinking|thoughts?|thought_process|chain_of_thought|cot|reasoning|reasoning_content|reflect|reflection|scratchpad|analysis|planning|drafts?|brainstorm'
  + '|seed:think|antthinking|inner_monologue|monologue';

/**
 * What opens a thought: tags, escaped ones too; brackets (Mistral); triangles (Kimi); tokens of Cohere, of OpenThinker; words of a line of
 * their own (Ollama); a fence that is named so; a channel that is not the final one (Harmony, Gemma), with its tokens or, where a server has
 * cut those out, at the very beginning.
 */
const OPENS = new RegExp(
  `<\\|?(?:${NAMES})(?:\\s[^<>]{0,200})?\\|?>|&lt;(?:${NAMES})&gt;|\\[THINK\\]|◁think▷|<\\|START_THINKING\\|>|<\\|begin[_▁]of[_▁]thought\\|>|<\\|channel\\|?>(?!final)\\w+`
  + '|(?<![^])analysis(?=[A-Z{])|^Thinking(?:\\.{3}|…)$', 'gimu');
/** What closes one. Where there is nothing to close, the opening was part of the prompt, and all before it was thought. */
const CLOSES = new RegExp(
  `<(?:/|\\|/)(?:${NAMES})\\s*\\|?>|&lt;/(?:${NAMES})&gt;|\\[/THINK\\]|◁/think▷|<\\|END_THINKING\\|>|<\\|end[_▁]of[_▁]thought\\|>`
  + '|<\\|channel\\|>final(?:<\\|constrain\\|>\\w+)?<\\|message\\|>|<channel\\|>|assistantfinal|^(?:\\.{3}|…)done thinking\\.?$', 'gimu');
/** A fence that is named so; the next one closes it. */
const FENCE = new RegExp(`^\`\`\`(?:${NAMES})$`, 'gimu');

/**
 * The parts of a text that are spoken, in order.
 *
 * @param isQuoted whether what stands at this index is the content of an answer, which may well be about thinking
 */
export function spokenParts(text: string, isQuoted: (index: number) => boolean): Interval[] {
  const marks = [
    ...[...text.matchAll(OPENS)].map(({ index, 0: mark }) => ({ index, end: index + mark.length, opens: true })),
    ...[...text.matchAll(CLOSES)].map(({ index, 0: mark }) => ({ index, end: index + mark.length, opens: false })),
    ...[...text.matchAll(FENCE)].flatMap(({ index, 0: mark }) => fencedThought(text, index, mark)),
  ].filter(({ index }) => !isQuoted(index)).sort((one, other) => one.index - other.index);

  let spoken: Interval[] = [];
  let from = 0;
  // Thoughts within thoughts: the outer one ends where as many are closed as were opened.
  let depth = 0;
  for (const { index, end, opens } of marks) {
    if (opens) {
      if (depth === 0) spoken.push({ from, to: index });
      depth += 1;
    } else {
      if (depth === 0) spoken = [];
      depth = Math.max(0, depth - 1);
      from = end;
    }
  }
  if (depth === 0) spoken.push({ from, to: text.length });
  return spoken;
}

function fencedThought(text: string, index: number, mark: string): { index: number; end: number; opens: boolean }[] {
  const close = text.indexOf('\n```', index + mark.length);
  const opening = { index, end: index + mark.length, opens: true };
  return close === -1 ? [opening] : [opening, { index: close, end: close + 4, opens: false }];
}
