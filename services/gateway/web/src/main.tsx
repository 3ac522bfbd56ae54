/**
 * The page.
 */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { watchEverything } from './live/everything.ts';
import './design/page.css';

const place = document.querySelector('#page');
if (place === null) throw new Error('the page has no place for itself');
watchEverything();
createRoot(place).render(<StrictMode><App /></StrictMode>);
