/** Kills the worker of a laboratory again and again, at random moments, while instances live. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Store } from '../../engine/store.ts';
import type { Commit, Committed } from './mortal-worker.ts';

/** A worker lives this long at least and this much longer at most; milliseconds. Long enough that something gets on. */
const lifetime = { least: 2_000, more: 6_000 };
/** The first worker dies at this commit and not after a time: a course that is over in a second has a death as well. */
const firstDeathAt = 12;

export interface Mortality {
  readonly address: string;
  readonly taskQueue: string;
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly store: Store;
  /** Counted up at each kill. */
  readonly deaths: { count: number };
}

/** @returns what ends the killing, and the last worker */
export async function keepKilling({
  address,
  taskQueue,
  bundle,
  store,
  deaths,
}: Mortality): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'pacta-mortal-'));
  const bundleFile = join(folder, 'bundle.js');
  writeFileSync(bundleFile, bundle.code);
  const end = new AbortController();
  let commits = 0;
  const getsOn = Promise.withResolvers<void>();
  end.signal.addEventListener('abort', () => getsOn.resolve());
  const bear = async (): Promise<ChildProcess> => {
    const child = fork(
      fileURLToPath(new URL('./mortal-worker.ts', import.meta.url)),
      [address, taskQueue, bundleFile],
      {
        serialization: 'advanced',
      },
    );
    child.on('message', (message: Commit | 'ready') => {
      if (message === 'ready') return;
      if ((commits += 1) === firstDeathAt) getsOn.resolve();
      void storeFor(child, message, store);
    });
    await once(child, 'message', { signal: AbortSignal.timeout(60_000) });
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  let child = await bear();
  const killing = (async () => {
    while (!end.signal.aborted) {
      if (deaths.count === 0) await getsOn.promise;
      else
        await sleep(lifetime.least + Math.random() * lifetime.more, undefined, { signal: end.signal }).catch(() => {});
      if (end.signal.aborted) break;
      await kill(child);
      deaths.count += 1;
      child = await bear();
    }
  })();
  return async () => {
    end.abort();
    await killing;
    await kill(child);
    rmSync(folder, { recursive: true, force: true });
  };
}

async function storeFor(child: ChildProcess, { n, records }: Commit, store: Store): Promise<void> {
  const answer: Committed = await store.commit(records).then(
    (outcome) => ({ n, outcome }),
    (error: unknown) => ({ n, refused: String(error) }),
  );
  if (child.connected) child.send(answer);
}
