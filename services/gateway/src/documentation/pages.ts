/**
 * The pages of `/docs`: the API to read and to try, and what each problem means. Nothing in them comes from another host, and no script or
 * style stands in the page itself.
 */
import { PROBLEMS, type ProblemCode, type ProblemKind } from '../problem.ts';

const codes = Object.entries(PROBLEMS) as [ProblemCode, ProblemKind][];

export const API_PAGE = page(
  'The API of Coursewright',
  `<div id="api"></div>
<noscript>This page needs JavaScript; <a href="/openapi.json">the document that it shows</a> does not.</noscript>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/show-api.js"></script>`,
  '/docs/assets/swagger-ui.css',
);

/** Shows the document in the page above. */
export const SHOW_API = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, defaultModelsExpandDepth: 0 });\n`;

export const PROBLEMS_PAGE = page(
  'Problems',
  `<h1>Problems</h1>
<p>Every error is a problem document (RFC 9457) with a stable code. See also <a href="/docs">the API</a>.</p>
<table>
<tr><th>Code</th><th>Status</th><th>Meaning</th></tr>
${codes.map(([code, { status, title }]) => `<tr><td><a href="/docs/problems/${code}"><code>${code}</code></a></td><td>${status}</td><td>${escape(title)}</td></tr>`).join('\n')}
</table>`,
);

export function problemPage(code: ProblemCode): string {
  const { status, title, meaning } = PROBLEMS[code];
  return page(title, `<h1>${escape(title)}</h1>\n<p><code>${code}</code>, status ${status}</p>\n<p>${withCode(escape(meaning))}</p>\n<p><a href="/docs/problems">All problems</a></p>`);
}

export const PLAIN_STYLE = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
code { font-family: ui-monospace, monospace; }
th, td { padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: top; }
`;

function page(title: string, body: string, style = '/docs/assets/plain.css'): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
</head>
<body>
${body}
</body>
</html>
`;
}

/** What stands between backticks, as code. */
function withCode(text: string): string {
  return text.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
