/**
 * Why the launcher gives up: a stable code, and one sentence for the person at the terminal with the next step.
 */

export type LauncherErrorCode = 'invalid_setting' | 'port_busy';

export class LauncherError extends Error {
  override readonly name = 'LauncherError';
  readonly code: LauncherErrorCode;

  constructor(code: LauncherErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
