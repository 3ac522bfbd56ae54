/**
 * Job ids: made by whoever decides, the same for the same attempt, and never shared by two.
 */
import fc from 'fast-check';
import t from 'tap';
import { courseMapStream, nodeStream } from '@coursewright/events';
import { jobIdOf } from '../../src/domain/job-id.ts';
import { COURSE_ID } from '../fixtures/node-states.ts';

const UUID_VERSION_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

t.test('an id is a UUID of version 8, whatever the stream and the attempt', async (t) => {
  fc.assert(
    fc.property(fc.uuid(), fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), fc.nat(), (courseMapId, nodeId, attempt) =>
      UUID_VERSION_8.test(jobIdOf(nodeStream({ courseMapId, nodeId }), attempt)),
    ),
  );
  t.match(jobIdOf(courseMapStream(COURSE_ID), 1), UUID_VERSION_8);
});

t.test('the same attempt has the same id, for ever: jobs in the queue outlive a deployment', async (t) => {
  const stream = nodeStream({ courseMapId: COURSE_ID, nodeId: 'n1' });
  t.equal(jobIdOf(stream, 1), jobIdOf(stream, 1));
  t.equal(jobIdOf(stream, 1), '589ae4ba-b401-84a8-bbf1-e63590dd5762');
});

t.test('no two attempts, nodes or courses share an id', async (t) => {
  const ids = new Set<string>();
  for (let attempt = 1; attempt <= 120; attempt += 1) {
    ids.add(jobIdOf(courseMapStream(COURSE_ID), attempt));
    for (let node = 1; node <= 20; node += 1) ids.add(jobIdOf(nodeStream({ courseMapId: COURSE_ID, nodeId: `n${node}` }), attempt));
  }
  t.equal(ids.size, 120 * 21);
});
