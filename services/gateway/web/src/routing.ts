/**
 * Which view is shown: said by the part of the address behind `#`, so that a link to it can be kept and sent, and the server knows one page.
 */
import { useSyncExternalStore } from 'react';

export type View =
  | { readonly name: 'now' }
  | { readonly name: 'courses' }
  | { readonly name: 'new-course' }
  | { readonly name: 'course'; readonly courseMapId: string; readonly nodeId: string | undefined }
  | { readonly name: 'log'; readonly query: string }
  | { readonly name: 'operations' }
  | { readonly name: 'unknown'; readonly path: string };

export function viewOf(hash: string): View {
  const [path = '', query] = hash.replace(/^#\/?/, '').split('?', 2);
  const [first = '', second, third] = path.split('/').map(decoded);
  if (first === '') return { name: 'now' };
  if (first === 'courses' && second === undefined) return { name: 'courses' };
  if (first === 'courses' && second === 'new') return { name: 'new-course' };
  if (first === 'courses' && second !== undefined) return { name: 'course', courseMapId: second, nodeId: third };
  if (first === 'operations') return { name: 'operations' };
  if (first === 'log') return { name: 'log', query: query ?? '' };
  return { name: 'unknown', path };
}

export function useView(): View {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return viewOf(hash);
}

/** What somebody typed may be no encoding of anything: then it is what it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a course, or of one of its nodes. */
export function courseHref(courseMapId: string, nodeId?: string): string {
  return `#/courses/${courseMapId}${nodeId === undefined ? '' : `/${encodeURIComponent(nodeId)}`}`;
}

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange);
  return () => removeEventListener('hashchange', onChange);
}
