/**
 * One attempt: asks the author for the card and records what came of it.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { nodeStream, type KnowledgeCard } from '@coursewright/events';
import { keyIdeasOf } from '../domain/knowledge-card-rules.ts';
import type { Author } from './author.ts';
import type { ClaimedNode } from './claim-nodes.ts';
import type { Context } from './context.ts';
import { failedCall, isTakenAway } from './failed-attempts.ts';
import { observeAttempt } from './observe-attempt.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';
import type { Artifact, Outcome } from './record-outcomes.ts';

/**
 * Generates a claimed node. Resolves once the outcome is in the log, or when the attempt was taken away (the signal
 * aborts then, which ends the call); calls `answered` before the outcome is recorded. Never rejects.
 */
export async function generateNode(
  { author, recorder, context }: { author: Author; recorder: OutcomeRecorder<Outcome>; context: Context },
  claimed: ClaimedNode,
  signal: AbortSignal,
  answered: () => void,
): Promise<void> {
  const { log } = context;
  const fields = {
    course_map_id: claimed.courseMapId,
    node_id: claimed.nodeId,
    attempt: claimed.attempt,
    correlation_id: claimed.correlationId,
  };
  log.info(fields, 'Starting node content generation');
  const attributes = { 'coursewright.node_id': claimed.nodeId, 'coursewright.attempt': claimed.attempt };
  const ended = await observeAttempt(context, { kind: 'node', courseMapId: claimed.courseMapId, name: 'generate node', attributes }, {
    write: () => write(author, claimed, signal),
    record(outcome) {
      answered();
      return recorder.record(outcome);
    },
    isAnswer: ({ kind }) => kind === 'written',
  });
  if (ended === undefined) {
    log.info(fields, 'Node was taken away, its call is ended');
    return;
  }
  const { outcome, verdict } = ended;
  if (verdict === 'fenced' || verdict === 'late') log.warn(fields, 'Result came too late, the node was taken away');
  else if (verdict === 'adopted') log.warn(fields, 'Result came late, and the node has adopted it');
  else if (outcome.kind === 'written') log.info({ ...fields, model: outcome.model, from_journal: outcome.fromJournal }, 'Node content generated successfully');
  else log.warn({ ...fields, error_code: outcome.error.code, error: outcome.error.message }, 'Node content generation failed');
}

/** @returns undefined when the attempt was taken away */
async function write(author: Author, claimed: ClaimedNode, signal: AbortSignal): Promise<Outcome | undefined> {
  try {
    const { correlationId, startedVersion } = claimed;
    const call = { signal, correlationId, stream: nodeStream(claimed), startedVersion };
    const { content, ...authored } = await author.writeKnowledgeCard(claimed.brief, call);
    return { kind: 'written', claimed, artifact: artifactOf(content), ...authored };
  } catch (error) {
    if (isTakenAway(error, signal)) return undefined;
    return { kind: 'not_written', claimed, ...failedCall(error) };
  }
}

/** The card under the hash of its canonical JSON (RFC 8785), so that anyone can recompute it. */
export function artifactOf(card: KnowledgeCard): Artifact {
  const hash = createHash('sha256').update(canonicalize(card) ?? '').digest('hex');
  return { hash, card, keyIdeas: keyIdeasOf(card) };
}
