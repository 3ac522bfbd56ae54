/** Whether this is the URL of a Postgres database, as far as its form tells. */
export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\/./.test(url);
}

/** Why a connection was refused, in words: Node leaves the message empty where it tried several addresses. */
export function refusalInWords(cause: unknown): string {
  const { message = '', code } = cause as { message?: string; code?: string };
  return message === '' ? (code ?? String(cause)) : message;
}
