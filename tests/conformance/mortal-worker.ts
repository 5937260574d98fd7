/** A worker of the laboratory in a process of its own, to be killed at any moment. What it commits, its parent stores. */
import { readFileSync } from 'node:fs';
import { NativeConnection } from '@temporalio/worker';
import type { CommitOutcome, CommitRecord } from '../../engine/store.ts';
import { domainAnswers } from './domains.ts';
import { workerOf } from './worker.ts';

/** To the parent. */
export interface Commit {
  readonly n: number;
  readonly records: readonly CommitRecord[];
}

/** From the parent. */
export interface Committed {
  readonly n: number;
  readonly outcome?: CommitOutcome;
  readonly refused?: string;
}

const [address = '', taskQueue = '', bundleFile = ''] = process.argv.slice(2);
const waiting = new Map<number, (answer: Committed) => void>();
let n = 0;
process.on('message', (answer: Committed) => waiting.get(answer.n)?.(answer));
process.on('disconnect', () => process.exit(0));
const worker = await workerOf({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  bundle: { code: readFileSync(bundleFile, 'utf8'), sourceMap: '' },
  answers: domainAnswers,
  store: {
    commit: async (records) => {
      n += 1;
      const commit: Commit = { n, records };
      const { outcome, refused } = await new Promise<Committed>((resolve) => {
        waiting.set(commit.n, resolve);
        process.send!(commit);
      });
      if (!outcome) throw new Error(refused);
      return outcome;
    },
  },
});
process.send!('ready');
await worker.run();
