/**
 * Steps on their way to the store: one activity at a time with all that waits, in order, tried again for as long as it
 * takes. Sandbox half.
 */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { bytesOf } from './plain-data.ts';
import type { CommitOutcome, CommitRecord } from './store.ts';

/** At most this many steps, and about this many bytes, go to the store in one activity. */
const batchLimit = { records: 100, bytes: 500_000 };

/** Keeps steps in order until the store has them; one activity at a time, begun only where the host says so. */
export class CommitQueue {
  readonly #waiting: CommitRecord[];
  readonly #noted: (error?: unknown) => void;
  /** How many of those that wait are under way. */
  #storing = 0;
  #fenced = false;

  /**
   * @param carried what the run before had not stored yet
   * @param noted is told when the store has answered, or why it could not be asked
   */
  constructor(carried: readonly CommitRecord[], noted: (error?: unknown) => void) {
    this.#waiting = [...carried];
    this.#noted = noted;
  }

  add(records: readonly CommitRecord[]): void {
    this.#waiting.push(...records);
  }

  get waiting(): readonly CommitRecord[] {
    return this.#waiting;
  }

  /** Every step so far is in the store. */
  get isStored(): boolean {
    return this.#waiting.length === 0;
  }

  /** The store has erased the tenant and takes nothing of this instance any more. */
  get isFenced(): boolean {
    return this.#fenced;
  }

  /** Bytes that wait, as JSON. */
  get weight(): number {
    return this.#waiting.reduce((sum, record) => sum + weightOf(record), 0);
  }

  /** Something waits, and nothing is under way. */
  get hasToAct(): boolean {
    return this.#storing === 0 && this.#waiting.length > 0 && !this.#fenced;
  }

  /** Begins the next activity, where there is something for one. */
  act(): void {
    if (!this.hasToAct) return;
    const batch = this.#nextBatch();
    this.#storing = batch.length;
    commit(batch).then((outcome) => {
      this.#fenced = 'fenced' in outcome;
      this.#waiting.splice(0, this.#fenced ? this.#waiting.length : this.#storing);
      this.#storing = 0;
      this.#noted();
    }, this.#noted);
  }

  #nextBatch(): CommitRecord[] {
    const batch: CommitRecord[] = [];
    let bytes = 0;
    for (const record of this.#waiting) {
      bytes += weightOf(record);
      if (batch.length > 0 && (batch.length >= batchLimit.records || bytes > batchLimit.bytes)) break;
      batch.push(record);
    }
    return batch;
  }
}

/** Exactly once in the store, however often it runs; under the workflow's own scope, which nobody cancels. */
function commit(batch: readonly CommitRecord[]): Promise<CommitOutcome> {
  const first = batch[0]!.sequence;
  const last = batch.at(-1)!;
  const store = proxyActivities<{ commit(records: readonly CommitRecord[]): Promise<CommitOutcome> }>({
    startToCloseTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.ABANDON,
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
    summary: `commit ${first === last.sequence ? first : `${first}–${last.sequence}`}: ${last.view.words}`,
  });
  return store.commit(batch);
}

/** While the store is away, those that wait are weighed at every turn. */
const weights = new WeakMap<CommitRecord, number>();

function weightOf(record: CommitRecord): number {
  let weight = weights.get(record);
  if (weight === undefined) weights.set(record, (weight = bytesOf(JSON.stringify(record))));
  return weight;
}
