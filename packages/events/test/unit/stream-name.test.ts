/**
 * Stream names: made and read by the same rules, and nothing that could be mistaken for another stream is made.
 */
import fc from 'fast-check';
import t from 'tap';
import { courseMapStream, courseOfStream, InvalidStreamNameError, isUuid, nodeOfStream, nodeStream, recoveryStream } from '../../src/index.ts';

const ID = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0';
const nodeId = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

t.test('each kind of stream has its own form', async (t) => {
  t.equal(courseMapStream(ID), `course_map-${ID}`);
  t.equal(nodeStream({ courseMapId: ID, nodeId: 'n1' }), `node-${ID}+n1`);
  t.equal(recoveryStream(ID), `recovery-${ID}`);
});

t.test('a node is read back from the name of its stream, whatever its ids', async (t) => {
  fc.assert(
    fc.property(fc.uuid(), nodeId, (courseMapId, id) => {
      const key = { courseMapId, nodeId: id };
      t.equal(JSON.stringify(nodeOfStream(nodeStream(key))), JSON.stringify(key));
      t.equal(courseOfStream(nodeStream(key)), courseMapId);
    }),
    { numRuns: 50 },
  );
});

t.test('a course is read from its own stream and from those of its nodes, not from a recovery\'s', async (t) => {
  t.equal(courseOfStream(courseMapStream(ID)), ID);
  t.equal(courseOfStream(nodeStream({ courseMapId: ID, nodeId: 'n1' })), ID);
  t.equal(courseOfStream(recoveryStream(ID)), undefined);
});

t.test('a name of another kind tells of no node', async (t) => {
  for (const name of [courseMapStream(ID), recoveryStream(ID), `node-${ID}`, `node-${ID}+`, `node-${ID}+a+b`, `xnode-${ID}+a`, '']) {
    t.equal(nodeOfStream(name), undefined, name);
  }
});

t.test('an id that could break a name is refused', async (t) => {
  for (const id of ['', 'n 1', 'a+b', 'ä', 'a/b', 'a\n', 'x'.repeat(65)]) {
    t.throws(() => nodeStream({ courseMapId: ID, nodeId: id }), InvalidStreamNameError, JSON.stringify(id));
  }
  for (const id of ['', 'x', ID.toUpperCase(), `${ID} `, `${ID}\n`, ID.replaceAll('-', '')]) {
    t.throws(() => courseMapStream(id), { code: 'invalid_stream_name', id });
    t.throws(() => recoveryStream(id), { code: 'invalid_stream_name', id });
    t.throws(() => nodeStream({ courseMapId: id, nodeId: 'n1' }), { code: 'invalid_stream_name', id });
  }
});

t.test('only the lower-case form of a UUID is one', async (t) => {
  t.ok(isUuid(ID));
  t.notOk(isUuid(ID.toUpperCase()));
  t.notOk(isUuid(`{${ID}}`));
});
