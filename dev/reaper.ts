/**
 * Waits beside a local stack for its launcher to vanish. The launcher holds the other end of standard input; when it is
 * killed the pipe closes, and what it started is ended here, so that nothing of it outlives it by more than a moment.
 * Arguments: the data folder of the stack, the pid of its launcher, and `temporary` when the folder goes with the stack.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder, tryLock } from './lock.mjs';
import { endLeftovers, forgetState, lockFile } from './state.ts';

const [dataDir = '', launcher, kind] = process.argv.slice(2);

process.stdin.resume();
process.stdin.once('end', () => void reap());

async function reap(): Promise<void> {
  const release = await afterLauncher();
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

/**
 * The lock of the stack, once its launcher is gone: the pipe of a killed process closes a moment before it is. Nothing
 * when a new launcher holds it, which clears up by itself.
 */
async function afterLauncher(): Promise<(() => void) | undefined> {
  for (;;) {
    const release = tryLock(lockFile(dataDir));
    if (release !== undefined) return release;
    const holder = lockHolder(lockFile(dataDir));
    if (holder !== undefined && String(holder.pid) !== launcher) return undefined;
    await sleep(20);
  }
}
