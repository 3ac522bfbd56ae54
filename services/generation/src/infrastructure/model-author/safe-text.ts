/**
 * A model's words are untrusted: they may hold NUL (which jsonb refuses), half a surrogate pair (which UTF-8
 * cannot encode) or terminal escapes. Whatever leaves the author passes through here first.
 */

/** All control characters but tab and line feed: no text of a course needs them, and NUL cannot be stored. */
// eslint-disable-next-line no-control-regex -- naming the control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The same text with `\n` line ends, without control characters, and with broken surrogates replaced by U+FFFD. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(CONTROL_CHARACTERS, '').toWellFormed();
}

/** At most `longest` UTF-16 units of `text`, the last one an ellipsis when something was cut. Always well formed. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text.toWellFormed();
  const kept = text.slice(0, longest - 1);
  // A cut between the halves of a pair leaves the first half: drop it instead of showing a replacement sign.
  return `${kept.replace(/[\ud800-\udbff]$/, '').toWellFormed()}…`;
}
