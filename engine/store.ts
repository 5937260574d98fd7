/**
 * The port through which the engine writes what its instances did. The engine knows no database: an implementation takes
 * records in one transaction each call, and `engine/memory-store.ts` is the one that needs nothing.
 *
 * Types only, and free of both Temporal halves: the workflow builds these records, an activity stores them.
 */
import type { Instant, Json, Message } from './machine.ts';

/** What made a machine take a step. */
export type Cause =
  | { readonly kind: 'start' }
  | { readonly kind: 'event'; readonly type: string; readonly id: string; readonly by?: string }
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
