/**
 * What was ever recorded can be read for ever. test/fixtures/histories holds rows as each version of each event type
 * was written; a file is added with a new version and none is ever changed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { codec, courseOfStream, eventSchemas, type EventMetadata } from '../../src/index.ts';

interface HistoryRow {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
  readonly metadata: EventMetadata;
  readonly recorded_at: string;
}

const FOLDER = new URL('../fixtures/histories/', import.meta.url);
const files = readdirSync(FOLDER).sort();

t.test('every version of every event type has a recorded history', async (t) => {
  const expected = Object.entries(eventSchemas).flatMap(([type, versions]) =>
    Object.keys(versions).map((version) => fileOf(type, Number(version))),
  );
  t.same(files, expected.sort());
});

for (const file of files) {
  const rows = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as HistoryRow[];

  t.test(`${file} is decoded`, async (t) => {
    t.ok(rows.length > 0);
    for (const row of rows) {
      t.equal(file, fileOf(row.type, row.schema_version), 'the file is named after its rows');
      t.match(row.stream, /^(course_map|node|recovery|subscription)-/);
      t.equal(courseOfStream(row.stream) === undefined, /^(recovery|subscription)-/.test(row.stream));
      const decoded = codec.decode(row);
      t.equal(decoded.type, row.type);
      // What is read today could be written today; and what was written in today's version is read unchanged.
      const written = codec.encode(decoded);
      if (written.schema_version === row.schema_version) t.same(decoded.data, row.data);
    }
  });
}

/** `GenerationStarted` of version 1 is in `generation-started-1.json`. */
function fileOf(type: string, schemaVersion: number): string {
  return `${type.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}-${schemaVersion}.json`;
}
