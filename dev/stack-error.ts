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

/** A failure of the system in the same words everywhere: a full disk, a missing permission. */
export function explain(error: unknown): StackError {
  if (error instanceof StackError) return error;
  const { code, path, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  const where = path === undefined ? '' : ` (${path})`;
  if (code === 'ENOSPC') {
    return new StackError(
      `The disk is full${where}. Free some space, or give another folder with --data, and start again.`,
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StackError(`No permission to write${where}. Give another folder with --data, or mend its owner.`, {
      cause: error,
    });
  }
  return new StackError(message, { cause: error });
}
