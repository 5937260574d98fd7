/**
 * Steps on their way to the store: one activity at a time with all that waits, in order, tried again for as long as it
 * takes. Sandbox half.
 */
import { ActivityCancellationType, CancellationScope, condition, proxyActivities } from '@temporalio/workflow';
import type { CommitOutcome, CommitRecord } from './store.ts';

/** At most this many steps, and about this many characters, go to the store in one activity. */
const batchLimit = { records: 100, characters: 500_000 };

/** Keeps steps in order until the store has them; one activity at a time. */
export class CommitQueue {
  readonly #waiting: CommitRecord[];
  #storing = false;
  #fenced = false;

  /** @param carried what the run before had not stored yet */
  constructor(carried: readonly CommitRecord[]) {
    this.#waiting = [...carried];
  }

  add(records: readonly CommitRecord[]): void {
    this.#waiting.push(...records);
  }

  get waiting(): readonly CommitRecord[] {
    return this.#waiting;
  }

  /** Every step so far is in the store. */
  get isStored(): boolean {
    return this.#waiting.length === 0 && !this.#storing;
  }

  /** The store has erased the tenant and takes nothing of this instance any more. */
  get isFenced(): boolean {
    return this.#fenced;
  }

  /** Characters that wait, as JSON. */
  get weight(): number {
    return this.#waiting.reduce((sum, record) => sum + weightOf(record), 0);
  }

  /** Runs for as long as the instance does, or until it is fenced. */
  async pump(): Promise<void> {
    for (;;) {
      await condition(() => this.#waiting.length > 0);
      const batch = this.#nextBatch();
      this.#storing = true;
      const outcome = await commit(batch);
      this.#storing = false;
      if ('fenced' in outcome) {
        this.#waiting.length = 0;
        this.#fenced = true;
        return;
      }
      this.#waiting.splice(0, batch.length);
    }
  }

  #nextBatch(): CommitRecord[] {
    const batch: CommitRecord[] = [];
    let characters = 0;
    for (const record of this.#waiting) {
      characters += weightOf(record);
      if (batch.length > 0 && (batch.length >= batchLimit.records || characters > batchLimit.characters)) break;
      batch.push(record);
    }
    return batch;
  }
}

/** Exactly once in the store, however often it runs; not cancellable, since what happened is stored whatever comes next. */
async function commit(batch: readonly CommitRecord[]): Promise<CommitOutcome> {
  const first = batch[0]!.sequence;
  const last = batch.at(-1)!;
  const store = proxyActivities<{ commit(records: readonly CommitRecord[]): Promise<CommitOutcome> }>({
    startToCloseTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.ABANDON,
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
    summary: `commit ${first === last.sequence ? first : `${first}–${last.sequence}`}: ${last.view.words}`,
  });
  return await CancellationScope.nonCancellable(() => store.commit(batch));
}

function weightOf(record: CommitRecord): number {
  return JSON.stringify(record).length;
}
