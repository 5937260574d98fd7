/**
 * Something that keeps the local stack from running and that a person can put right. Its message says what is wrong and
 * what to do; `log` holds the last lines of the failing part, if it wrote any.
 */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly log: readonly string[];

  constructor(message: string, options: { log?: readonly string[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.log = options.log ?? [];
  }
}

/** How to keep everything in another folder, as it is typed. */
export const ELSEWHERE = 'npm start -- --data FOLDER';

/** A failure of the system in the same words everywhere: a full disk, a missing permission. */
export function explain(error: unknown): StackError {
  if (error instanceof StackError) return error;
  const { code, path, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  const where = path === undefined ? '' : ` (${path})`;
  if (code === 'ENOSPC') {
    return new StackError(
      `The disk is full${where}. Free some space and start again, or keep everything in another folder: ${ELSEWHERE}`,
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StackError(
      `No permission to write${where}. Mend its owner, or keep everything in another folder: ${ELSEWHERE}`,
      {
        cause: error,
      },
    );
  }
  return new StackError(message, { cause: error });
}
