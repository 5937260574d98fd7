/** The activities that the actors of a tree have asked for and that have not answered yet. */
import type { AnyActorRef } from 'xstate';
import { pathOf } from './machine.ts';
import type { InvocationError, Json } from './machine.ts';

/** An activity that an actor of the machine asks for. */
export interface InvocationRequest {
  readonly name: string;
  readonly input: Json;
  readonly key: string;
  readonly path: string;
  readonly local: boolean;
}

/** What became of an activity. */
export type InvocationOutcome = { readonly done: unknown } | { readonly failed: InvocationError };

interface InFlight {
  readonly name: string;
  readonly key: string;
  readonly path: string;
  cancel(): void;
  /** Calls it off and answers in its place. */
  instead(outcome: InvocationOutcome): void;
  /** Calls it off and begins it again, under the same key. */
  again(): void;
}

/** Each answers once, or not at all when it was called off. */
export class InFlightActivities {
  readonly #instance: string;
  readonly #begin: (request: InvocationRequest, answer: (outcome: InvocationOutcome) => void) => () => void;
  readonly #byKey = new Map<string, InFlight>();
  /** How many each actor has begun, by its path. */
  readonly #starts: Map<string, number>;

  /**
   * @param begin see `Edges.invoke`
   * @param starts of the run before, see {@link starts}
   */
  constructor(
    instance: string,
    begin: (request: InvocationRequest, answer: (outcome: InvocationOutcome) => void) => () => void,
    starts: { readonly [path: string]: number },
  ) {
    this.#instance = instance;
    this.#begin = begin;
    this.#starts = new Map(Object.entries(starts));
  }

  /** Counts on: the number of the actor's next activity. */
  next(actor: AnyActorRef): number {
    const path = pathOf(actor);
    const n = (this.#starts.get(path) ?? 0) + 1;
    this.#starts.set(path, n);
    return n;
  }

  /** What a new run has to know, so that no key comes twice. */
  get starts(): { readonly [path: string]: number } {
    return Object.fromEntries(this.#starts);
  }

  /** @param n from {@link next}: part of the idempotency key, which is stable over retries, crashes and new runs */
  begin(
    actor: AnyActorRef,
    { n, ...asked }: Pick<InvocationRequest, 'name' | 'input' | 'local'> & { readonly n: number },
    settle: (outcome: InvocationOutcome, key: string) => void,
  ): void {
    const path = pathOf(actor);
    const key = `${this.#instance}/${path}/${n}`;
    const { name } = asked;
    const begin = () => {
      let isCalledOff = false;
      const answer = (outcome: InvocationOutcome) => {
        if (isCalledOff) return;
        isCalledOff = true;
        this.#byKey.delete(key);
        settle(outcome, key);
      };
      const cancel = this.#begin({ ...asked, key, path }, answer);
      const callOff = () => {
        isCalledOff = true;
        cancel();
      };
      this.#byKey.set(key, {
        name,
        key,
        path,
        cancel: callOff,
        instead: (outcome) => {
          cancel();
          answer(outcome);
        },
        again: () => {
          callOff();
          begin();
        },
      });
    };
    begin();
  }

  /** Those of an actor. */
  cancelOf(actor: AnyActorRef): void {
    const path = pathOf(actor);
    for (const one of this.#byKey.values()) {
      if (one.path !== path) continue;
      this.#byKey.delete(one.key);
      one.cancel();
    }
  }

  cancelAll(): void {
    for (const { cancel } of this.#byKey.values()) cancel();
    this.#byKey.clear();
  }

  /** The activity of this key, while it is under way. */
  of(key: string): Pick<InFlight, 'instead' | 'again'> | undefined {
    return this.#byKey.get(key);
  }

  get all(): { name: string; key: string }[] {
    return [...this.#byKey.values()].map(({ name, key }) => ({ name, key }));
  }
}
