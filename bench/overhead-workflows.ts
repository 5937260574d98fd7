/** What `npm run bench` compares: a durable machine, and workflows that do the same by hand without it. */
import {
  ActivityCancellationType,
  condition,
  currentUpdateInfo,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { durable } from '../engine/durable.ts';
import type { Json } from '../engine/machine.ts';
import type { Answer } from '../engine/protocol.ts';
import type { CommitOutcome, CommitRecord } from '../engine/store.ts';
import { answerAt, meterMachine, recordAt } from './overhead-machine.ts';

const schema = { type: 'object' };

export const meter = durable(meterMachine, {
  version: '1',
  title: () => 'A meter',
  check: () => [],
  cite: (meta) => (meta as { clauses?: string[] } | undefined)?.clauses ?? [],
  events: { counted: { description: 'One more', schema }, asked: { description: 'A question', schema } },
});

/** An update handler that answers, and nothing else. */
export async function bareAsked(): Promise<void> {
  setHandler(defineUpdate<Answer, [Json]>('asked'), () => answerAt(1, 'unchanged'));
  await condition(() => false);
}

/** An update handler whose steps are stored as the engine's are: one remote activity at a time, with all that waits. */
export async function bareCounted(): Promise<void> {
  const waiting: CommitRecord[] = [];
  let sequence = 0;
  const { commit } = proxyActivities<{ commit(records: readonly CommitRecord[]): Promise<CommitOutcome> }>({
    startToCloseTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.ABANDON,
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
    summary: 'commit 10: The dial turns · The lease is paid',
  });
  setHandler(defineUpdate<Answer, [Json]>('counted'), () => {
    sequence += 1;
    const at = new Date().toISOString();
    waiting.push(recordAt(workflowInfo().workflowId, sequence, currentUpdateInfo()?.id ?? '', at));
    return answerAt(sequence, 'applied');
  });
  void sleep('365 days');
  for (;;) {
    await condition(() => waiting.length > 0);
    await commit(waiting.splice(0));
  }
}
