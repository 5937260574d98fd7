/** A store in memory: for toys, tests and measurements. Keeps the guarantees of {@link Store} as long as the process lives. */
import { canonical } from './protocol.ts';
import { CommitConflict, stepOf } from './store.ts';
import type { CommitOutcome, CommitRecord, Store, StoredStep, StoreReader } from './store.ts';
import { Watching } from './watched.ts';

/** Gone with the process: a real product implements {@link Store} on its database. */
export class MemoryStore implements Store {
  readonly #records = new Map<string, CommitRecord[]>();
  readonly #steps = new Map<string, StoredStep[]>();
  readonly #watching = new Watching<StoredStep>(
    (instance, after) => this.reader.history(instance, { after }),
    (step) => step.sequence,
  );
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
      if (!same) this.#add(known, record);
      stored = known.length;
    }
    for (const instance of new Set(records.map((record) => record.instance))) this.#watching.changed(instance);
    return Promise.resolve({ stored });
  }

  #add(known: CommitRecord[], record: CommitRecord): void {
    known.push(record);
    this.#records.set(record.instance, known);
    const steps = this.#steps.get(record.instance) ?? [];
    steps.push(stepOf(record, new Date().toISOString()));
    this.#steps.set(record.instance, steps);
  }

  /** All steps of an instance, in order. */
  history(instance: string): readonly CommitRecord[] {
    return this.#records.get(instance) ?? [];
  }

  /** The reading half. */
  readonly reader: StoreReader = {
    history: (instance, { after = 0, limit } = {}) =>
      Promise.resolve(this.#stepsOf(instance).slice(after, limit === undefined ? undefined : after + limit)),
    last: (instance) => Promise.resolve(this.#stepsOf(instance).at(-1)),
    answered: (instance, eventId) =>
      Promise.resolve(
        this.#stepsOf(instance).findLast(({ causes }) =>
          causes.some((cause) => cause.kind === 'event' && cause.id === eventId),
        ),
      ),
    watch: (instance, after, signal) => this.#watching.watch(instance, after, signal),
  };

  #stepsOf(instance: string): readonly StoredStep[] {
    return this.#steps.get(instance) ?? [];
  }

  /** From now on nothing of this tenant is stored. */
  fence(tenant: string): void {
    this.#fenced.add(tenant);
  }
}
