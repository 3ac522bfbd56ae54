/**
 * Clients of event streams, in a process of their own: opens as many as it is told, says when all have their snapshot, and prints on
 * SIGTERM how long each event was on its way, in milliseconds, from the instant that stands in its correlation id.
 */
import { request } from 'node:http';

const paths = (process.env['PATHS'] ?? '').split(',');
const port = Number(process.env['GATEWAY_PORT']);
const clients = Number(process.env['CLIENTS']);
const latencies: number[] = [];
let snapshots = 0;

function watch(path: string): void {
  const asked = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
    if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode ?? 0}`);
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) read(frame);
    });
    response.on('end', () => {
      throw new Error(`${path}: ended`);
    });
  });
  asked.end();
}

function read(frame: string): void {
  if (frame.includes('event: snapshot')) {
    snapshots += 1;
    if (snapshots === clients) process.stdout.write('ready\n');
  }
  const begun = /"correlation_id":"at-([\d.]+)"/.exec(frame)?.[1];
  if (begun !== undefined) latencies.push(performance.timeOrigin + performance.now() - Number(begun));
}

for (let client = 0; client < clients; client += 1) {
  watch(paths[client % paths.length]!);
  // No stampede: it is the streams that are measured, not the connecting.
  if (client % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(latencies)}\n`, () => process.exit(0));
});
