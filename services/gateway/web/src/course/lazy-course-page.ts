/**
 * The view of a course, loaded when one is first looked at: the graph is most of the page.
 */
import { lazy } from 'react';

export const CoursePage = lazy(() => import('./course-page.tsx').then(({ CoursePage: page }) => ({ default: page })));
