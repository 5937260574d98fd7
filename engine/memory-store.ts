/** A store in memory: for toys, tests and measurements. Keeps the guarantees of {@link Store} as long as the process lives. */
import { canonical } from './protocol.ts';
import { CommitConflict } from './store.ts';
import type { CommitOutcome, CommitRecord, Store } from './store.ts';

/** Gone with the process: a real product implements {@link Store} on its database. */
export class MemoryStore implements Store {
  readonly #records = new Map<string, CommitRecord[]>();
  readonly #fenced = new Set<string>();

  commit(records: readonly CommitRecord[]): Promise<CommitOutcome> {
    let stored = 0;
    for (const record of records) {
      if (record.tenant !== undefined && this.#fenced.has(record.tenant)) return Promise.resolve({ fenced: true });
      const known = this.#records.get(record.instance) ?? [];
      const same = known[record.sequence - 1];
      if (same && canonical(same) !== canonical(record)) {
        return Promise.reject(new CommitConflict(record.instance, record.sequence, 'another record has this number'));
      }
      if (!same && record.sequence !== known.length + 1) {
        return Promise.reject(new CommitConflict(record.instance, record.sequence, `${known.length} was the last one`));
      }
      if (!same) known.push(record);
      this.#records.set(record.instance, known);
      stored = known.length;
    }
    return Promise.resolve({ stored });
  }

  /** All steps of an instance, in order. */
  history(instance: string): readonly CommitRecord[] {
    return this.#records.get(instance) ?? [];
  }

  /** From now on nothing of this tenant is stored. */
  fence(tenant: string): void {
    this.#fenced.add(tenant);
  }
}
