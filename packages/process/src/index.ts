/** What every Coursewright process needs before it can do its own job. */
export * as configFields from './config-fields.ts';
export { forgetOldest } from './forget-oldest.ts';
export { progressBar } from './progress-bar.ts';
export * from './launcher-channel.ts';
export { createLogger, type Logger } from './logger.ts';
export { hostnameOf, isLoopback } from './loopback.ts';
export { serveProbes, type Probes, type ProbeSettings } from './probes.ts';
export { InvalidConfigurationError, readConfig } from './read-config.ts';
export { exitOnInvalidConfiguration, runService, type Service } from './run-service.ts';
export { untilTheDatabaseAnswers } from './until-database-answers.ts';
