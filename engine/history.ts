/** What an instance did, as its clients read it: the stored steps with the machine's own types. */
import type { AnyStateMachine, OutputFrom, StateValueFrom, TagsFrom } from 'xstate';
import type { StoredStep } from './store.ts';

/** Tags that the machine's states may have. */
export type Tag<M extends AnyStateMachine> = TagsFrom<M>;

/** A state by its dotted path, e.g. `inForce.standing.active`, or the beginning of one, e.g. `inForce`. */
export type StatePath<M extends AnyStateMachine> = PathIn<StateValueFrom<M>>;

type IsAny<T> = 0 extends 1 & T ? true : false;
type PathIn<Value> =
  IsAny<Value> extends true
    ? string
    : Value extends string
      ? Value
      : string extends keyof Value
        ? string
        : { [Key in keyof Value & string]: Key | `${Key}.${PathIn<NonNullable<Value[Key]>>}` }[keyof Value & string];

/** One entry of the audit: what made the machine take a step, from where to where, and all that came of it. */
export type HistoryEntry<M extends AnyStateMachine> = Omit<StoredStep, 'tags' | 'passed' | 'output'> & {
  readonly tags: readonly Tag<M>[];
  readonly passed: { readonly states: readonly StatePath<M>[]; readonly tags: readonly Tag<M>[] };
  /** Of a machine that is done. */
  readonly output?: OutputFrom<M>;
};

/** After such a step nothing more happens; an errored instance stays open. */
export const isEnd = ({ status }: Pick<StoredStep, 'status'>): boolean => status === 'done' || status === 'stopped';
