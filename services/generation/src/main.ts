/**
 * A generation process: its configuration, and the process itself.
 */
import { exitOnInvalidConfiguration, onModelBreakdown, runService } from '@coursewright/process';
import { createServiceLogger, newWorkerId } from './composition.ts';
import { readGenerationConfig, type Config } from './config.ts';
import { startGenerationProcess } from './generation-process.ts';
import { createBreakdown } from './infrastructure/offline-author/breakdown.ts';

/** How much longer than the grace an ordered stop may take. */
const STOP_MARGIN_MS = 5000;

const config = configOrExit();
const workerId = newWorkerId();
const log = createServiceLogger(config, workerId);

// On a machine of one's own, the launcher may have the offline author fail.
const breakdown = createBreakdown(() => performance.now());
onModelBreakdown((forMs) => breakdown.begin(forMs));

await runService(log, () => startGenerationProcess({ config, log, workerId, wrapping: { breakdown } }), { longestStopMs: config.SHUTDOWN_GRACE_MS + STOP_MARGIN_MS });

function configOrExit(): Config {
  try {
    return readGenerationConfig(process.env);
  } catch (error) {
    return exitOnInvalidConfiguration(error);
  }
}
