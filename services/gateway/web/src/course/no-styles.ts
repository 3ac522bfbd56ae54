/**
 * Stands for `postcss`, with which sanitize-html reads style attributes. Cards have none, so it never does.
 */
export function parse(): never {
  throw new Error('style attributes are not parsed');
}

export default { parse };
