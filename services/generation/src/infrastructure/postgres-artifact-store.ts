/**
 * Cards by hash. Rows are never changed; whoever stores what is there already stores nothing.
 */
import type { ArtifactStore } from '../application/context.ts';

const STORE = `
  INSERT INTO artifacts (hash, content, key_ideas)
  SELECT a.hash, a.content, ARRAY(SELECT jsonb_array_elements_text(a.key_ideas))
  FROM jsonb_to_recordset($1::jsonb) AS a (hash text, content jsonb, key_ideas jsonb)
  ORDER BY a.hash
  ON CONFLICT (hash) DO NOTHING`;

export const postgresArtifactStore: ArtifactStore = {
  async store(artifacts, transaction) {
    if (artifacts.length === 0) return;
    const rows = artifacts.map(({ hash, card, keyIdeas }) => ({ hash, content: card, key_ideas: keyIdeas }));
    await transaction.query({ name: 'artifacts-store', text: STORE, values: [JSON.stringify(rows)] });
  },
};
