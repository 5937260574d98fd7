/**
 * Waits beside a local stack for its launcher to vanish. The launcher holds the other end of standard input; when it is
 * killed the pipe closes, and what it started is ended here, so that nothing of it outlives it by more than a moment.
 * Arguments: the data folder of the stack, and `temporary` when it goes with the stack.
 */
import { rmSync } from 'node:fs';
import { endLeftovers, forgetState, lockFile } from './state.ts';
import { tryLock } from './lock.mjs';

const [dataDir = '', kind] = process.argv.slice(2);

process.stdin.resume();
process.stdin.once('end', () => void reap());

async function reap(): Promise<void> {
  // A launcher that ended well has left nothing; a new one holds the lock already and clears up by itself.
  const release = tryLock(lockFile(dataDir));
  if (release !== undefined) {
    try {
      await endLeftovers(dataDir);
      forgetState(dataDir);
      if (kind === 'temporary') rmSync(dataDir, { recursive: true, force: true });
    } finally {
      release();
    }
  }
  process.exit(0);
}
