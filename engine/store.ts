/**
 * The port through which the engine writes what its instances did. The engine knows no database: an implementation takes
 * records in one transaction each call, and `engine/memory-store.ts` is the one that needs nothing.
 *
 * Free of both Temporal halves: the workflow builds these records, an activity stores them.
 */
import type { Instant, Json, Message } from './machine.ts';

/** What made a machine take a step. */
export type Cause =
  | { readonly kind: 'start' }
  /** `digest` tells whether an event that comes again under this id is the same one. */
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly id: string;
      readonly digest?: string;
      readonly by?: string;
    }
  | { readonly kind: 'timer'; readonly type: string; readonly dueAt: Instant }
  | { readonly kind: 'activity'; readonly name: string; readonly key: string; readonly failed: boolean }
  /** A promise, a callback or an observable inside the machine; `path` is its place in the actor tree. */
  | { readonly kind: 'actor'; readonly type: string; readonly path: string }
  /** An operator's intervention; see {@link Operation}. */
  | {
      readonly kind: 'operator';
      readonly operation: string;
      readonly id: string;
      readonly by: string;
      readonly reason: string;
    }
  /** An event sent by signal that no transition took: nobody waits for its answer, so the audit has it. */
  | { readonly kind: 'refused'; readonly type: string; readonly id: string; readonly code: string }
  /** The instance went on in another version of its machine. */
  | { readonly kind: 'migrated'; readonly from: string; readonly to: string };

/** Something that the world is to do in the transaction of the step. */
export interface EffectCall {
  readonly name: string;
  readonly params?: Json;
  /** Path of the actor that asked for it. */
  readonly actor: string;
}

/** A deadline that the instance waits for. */
export interface Deadline {
  readonly at: Instant;
  /** The event that will be raised, e.g. `xstate.after.expiry.subscription.active`. */
  readonly event: string;
  /** Path of the actor that waits; absent: the machine itself. */
  readonly actor?: string;
  /** Readable: the delay's name and the state that waits, e.g. `expiry in inForce.standing.active`. */
  readonly label: string;
  /** What the waiting state cites, e.g. clause ids. */
  readonly references: readonly string[];
}

/** The instance as it stands after the step: what a read model shows. */
export interface View {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** XState's state value: a string, or nested objects for hierarchy and parallel regions. */
  readonly value: Json;
  readonly tags: readonly string[];
  readonly context: Json;
  readonly output?: Json;
  /** What nobody handled, when the status is `error`. */
  readonly error?: { readonly name: string; readonly message: string; readonly type?: string };
  /** Earliest first. */
  readonly deadlines: readonly Deadline[];
  /** The state in words, from the machine's descriptions. */
  readonly words: string;
  /** What the active states cite, e.g. clause ids. */
  readonly references: readonly string[];
  /** State values of the machines that run inside, by actor path. */
  readonly children: { readonly [path: string]: { readonly status: string; readonly value: Json } };
}

/** One step of one instance: everything of it is stored in one transaction, or nothing. */
export interface CommitRecord {
  readonly instance: string;
  readonly machine: string;
  readonly version: string;
  /** Whose data this is; the store refuses records of a tenant that is fenced. */
  readonly tenant?: string;
  /** 1, 2, 3 … without a gap. */
  readonly sequence: number;
  /** Contract time of the step. */
  readonly at: Instant;
  readonly causes: readonly Cause[];
  readonly from: Json | null;
  /** Leaf states (dotted paths) and tags of the machine that the step went through on its way and left again. */
  readonly passed?: { readonly states: readonly string[]; readonly tags: readonly string[] };
  readonly view: View;
  readonly effects: readonly EffectCall[];
  readonly emitted: readonly Json[];
  readonly messages: readonly Message[];
}

/** What the store made of the records it was given. */
export type CommitOutcome =
  /** Stored now or before, up to this sequence number. */
  | { readonly stored: number }
  /** The tenant is erased: nothing was written, and nothing of this instance ever will be. */
  | { readonly fenced: true };

/**
 * Guarantees asked of an implementation:
 * records of an instance are taken in order; those it has are skipped; a record that differs from the one it has under
 * the same number is an alarm ({@link CommitConflict}) and a gap is one too; all of a call is one transaction.
 * Throwing anything else means "try again later": the engine retries without limit.
 */
export interface Store {
  commit(records: readonly CommitRecord[]): Promise<CommitOutcome>;
}

/** One stored step, as it is read back: what a {@link CommitRecord} said, without the context. */
export interface StoredStep {
  readonly instance: string;
  readonly machine: string;
  readonly version: string;
  readonly sequence: number;
  /** Contract time of the step. */
  readonly at: Instant;
  /** Real time at which it was stored. */
  readonly recordedAt: Instant;
  readonly causes: readonly Cause[];
  /** State values before and after it; null before the first. */
  readonly from: Json | null;
  readonly to: Json;
  /** Leaf states (dotted paths) and tags that it went through and left again. */
  readonly passed: { readonly states: readonly string[]; readonly tags: readonly string[] };
  readonly status: View['status'];
  readonly tags: readonly string[];
  readonly words: string;
  /** What the states it led to cite, e.g. clause ids. */
  readonly references: readonly string[];
  /** Names of the effects that were carried out with it. */
  readonly actions: readonly string[];
  readonly emitted: readonly Json[];
  /** Who was sent what. */
  readonly messages: readonly { readonly machine: string; readonly id: string; readonly event: string | null }[];
  /** Of a machine that is done. */
  readonly output?: Json;
}

/**
 * The reading half of a store, which an implementation may leave out: what waiting, history and answers after an
 * instance's end are made of. Reading costs the instance nothing, neither history nor a place among its updates.
 */
export interface StoreReader {
  /** Steps after number `after` (default 0: from the first), in order, at most `limit` of them (default: all). */
  history(
    instance: string,
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly StoredStep[]>;
  /** The last step that is stored; undefined for an instance that has none. */
  last(instance: string): Promise<StoredStep | undefined>;
  /** The step that the event of this id caused: the latest one, where an id has been used again. */
  answered(instance: string, eventId: string): Promise<StoredStep | undefined>;
  /**
   * Steps after number `after` as they are stored: each once, in order, without a gap. Ends, without an error, when the
   * signal aborts. Many may watch one instance at once.
   */
  watch(instance: string, after: number, signal: AbortSignal): AsyncIterable<StoredStep>;
}

/** A different record under a known number, or a gap: two histories of one instance. Needs a person; tried again every minute, so that mending the rows heals it. */
export class CommitConflict extends Error {
  override readonly name = 'CommitConflict';
  readonly instance: string;
  readonly sequence: number;
  constructor(instance: string, sequence: number, why: string) {
    super(`Commit ${sequence} of ${instance} conflicts with what is stored: ${why}`);
    this.instance = instance;
    this.sequence = sequence;
  }
}

/** What reading a record back gives. */
export function stepOf(record: CommitRecord, recordedAt: Instant): StoredStep {
  const { view } = record;
  return {
    instance: record.instance,
    machine: record.machine,
    version: record.version,
    sequence: record.sequence,
    at: record.at,
    recordedAt,
    causes: record.causes,
    from: record.from,
    to: view.value,
    passed: record.passed ?? { states: [], tags: [] },
    status: view.status,
    tags: view.tags,
    words: view.words,
    references: view.references,
    actions: record.effects.map(({ name }) => name),
    emitted: record.emitted,
    messages: record.messages.map(({ to, event }) => ({ ...to, event: event?.type ?? null })),
    ...(view.status === 'done' && view.output !== undefined ? { output: view.output } : {}),
  };
}
