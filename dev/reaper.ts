/**
 * Waits beside a local stack for its launcher to vanish. The launcher holds the other end of standard input; when it is
 * killed the pipe closes, and what it started is ended here, so that nothing of it outlives it by more than a moment.
 * Argument: the data folder of the stack.
 */
import { endLeftovers, forgetState, lockFile } from './state.ts';
import { tryLock } from './lock.mjs';

const [dataDir = ''] = process.argv.slice(2);

process.stdin.resume();
process.stdin.once('end', () => void reap());

async function reap(): Promise<void> {
  // A launcher that ended well has left nothing; a new one holds the lock already and clears up by itself.
  const release = tryLock(lockFile(dataDir));
  if (release !== undefined) {
    try {
      await endLeftovers(dataDir);
      forgetState(dataDir);
    } finally {
      release();
    }
  }
  process.exit(0);
}
