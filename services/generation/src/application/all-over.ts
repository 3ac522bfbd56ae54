/**
 * Waits until all of them are over, also when one fails: nobody writes behind the back of a process that stops. Rejects then as
 * the first in order that failed; else returns their results, in order.
 */
export async function allOver<Result>(works: readonly Promise<Result>[]): Promise<Result[]> {
  const ends = await Promise.allSettled(works);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}
