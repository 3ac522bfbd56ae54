/**
 * A relay process: its configuration, and the process itself.
 */
import { createLogger, exitOnInvalidConfiguration, runService } from '@coursewright/process';
import { readRelayConfig, type Config } from './config.ts';
import { startRelayProcess } from './relay-process.ts';

/** How much longer than the grace an ordered stop may take. */
const STOP_MARGIN_MS = 5000;

const config = configOrExit();
const log = createLogger({ level: config.LOG_LEVEL, fields: { service: 'relay' } });

await runService(log, () => startRelayProcess(config, log), { longestStopMs: config.SHUTDOWN_GRACE_MS + STOP_MARGIN_MS });

function configOrExit(): Config {
  try {
    return readRelayConfig(process.env);
  } catch (error) {
    return exitOnInvalidConfiguration(error);
  }
}
