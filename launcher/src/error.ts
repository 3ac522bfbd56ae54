/**
 * Why Coursewright could not be started on this machine: a stable code, and one sentence that says what to do next.
 */

export type LauncherErrorCode =
  /** A variable of the environment holds something that it cannot. */
  | 'configuration_invalid'
  /** The gateway's port is taken. */
  | 'port_busy'
  /** A process ended, or was not ready in time, while everything was starting. */
  | 'process_not_started';

/** `message` is for the person at the terminal; programs look at `code` only. */
export class LauncherError extends Error {
  override readonly name = 'LauncherError';
  readonly code: LauncherErrorCode;

  constructor(code: LauncherErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
