/**
 * The view of a course, loaded when one is first looked at: the graph is most of the page.
 */
import { lazyView } from '../design/lazy-view.ts';

export const CoursePage = lazyView(() => import('./course-page.tsx').then(({ CoursePage: page }) => page));
