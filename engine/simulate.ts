/**
 * Runs a machine as a pure function of time and events: plain XState, a clock that stands still until it is moved,
 * and a host that records what the machine asks for. The reference to which the durable engine is compared.
 */
import { createActor } from 'xstate';
import type { Actor, AnyActorRef, AnyEventObject, AnyStateMachine, InputFrom, InspectionEvent, Snapshot } from 'xstate';
import { host, numberActors, pathOf } from './machine.ts';
import type { Instant, InvocationError, Json, Message, Runtime } from './machine.ts';

/** An activity that waits for its answer. */
export interface PendingInvocation {
  readonly name: string;
  readonly input: Json;
  readonly path: string;
  readonly n: number;
  done(output: unknown): void;
  failed(error: InvocationError): void;
}

/** A running simulation: the actor, what it asked of the world so far, and the clock to move. */
export interface Simulation<M extends AnyStateMachine> {
  readonly actor: Actor<M>;
  /** Effects so far, in order. */
  readonly effects: { name: string; params: unknown; path: string; at: Instant }[];
  readonly messages: { message: Message; at: Instant }[];
  /** What the machine emitted, in order. */
  readonly emitted: AnyEventObject[];
  readonly pending: PendingInvocation[];
  readonly errors: unknown[];
  now(): Instant;
  /** Moves contract time to this instant; what falls due on the way happens in order, each at its own moment. */
  advanceTo(instant: Instant): void;
  advanceBy(milliseconds: number): void;
  /** Due times that are waited for, earliest first. */
  due(): Instant[];
}

/** Answers an activity at once; throw an {@link InvocationError} to fail it. */
export type Answers = Record<string, (input: never, at: Instant) => unknown>;

/**
 * @param options.answers activities not named here stay in `pending` until the test answers them.
 * @param options.inspect hears of every step from the first one on, as an inspector of XState does.
 * @param options.lateBy milliseconds by which the next deadline fires late, as where a worker is busy or away; 0 by default.
 */
export function simulate<M extends AnyStateMachine>(
  machine: M,
  options: {
    at: Instant;
    input?: InputFrom<M>;
    answers?: Answers;
    snapshot?: Snapshot<unknown>;
    inspect?: (step: InspectionEvent) => void;
    lateBy?: () => number;
  },
): Simulation<M> {
  const clock = new SteppedClock(Date.parse(options.at), options.lateBy);
  const effects: Simulation<M>['effects'] = [];
  const messages: Simulation<M>['messages'] = [];
  const emitted: AnyEventObject[] = [];
  const pending: PendingInvocation[] = [];
  const errors: unknown[] = [];
  const starts = new Map<string, number>();
  const at = () => new Date(clock.now()).toISOString();
  const forget = (actor: AnyActorRef) => {
    const index = pending.findIndex((one) => one.path === pathOf(actor));
    if (index >= 0) pending.splice(index, 1);
  };
  const runtime: Runtime = {
    effect: (actor, name, params) => effects.push({ name, params, path: pathOf(actor), at: at() }),
    message: (_actor, message) => messages.push({ message, at: at() }),
    nextInvocation: (actor) => {
      const n = (starts.get(pathOf(actor)) ?? 0) + 1;
      starts.set(pathOf(actor), n);
      return n;
    },
    invoke: (actor, { name, input, n }, settle) => {
      const answer = options.answers?.[name];
      if (answer) {
        try {
          settle.done(answer(input as never, at()));
        } catch (error) {
          settle.failed(error as InvocationError);
        }
        return;
      }
      pending.push({
        name,
        input,
        n,
        path: pathOf(actor),
        done: (output) => (forget(actor), settle.done(output)),
        failed: (error) => (forget(actor), settle.failed(error)),
      });
    },
    cancelInvocation: forget,
  };
  let hosted = false;
  const actor = createActor(machine, {
    input: options.input,
    snapshot: options.snapshot,
    clock,
    logger: () => {},
    inspect: (event: InspectionEvent) => {
      options.inspect?.(event);
      // The root announces itself before its initial state is computed: children of that state need the host already.
      if (hosted || event.type !== '@xstate.actor') return;
      hosted = true;
      const { system } = event.actorRef as AnyActorRef;
      numberActors(system);
      host(system, runtime);
    },
  } as never) as Actor<M>;
  actor.on('*', (event: AnyEventObject) => emitted.push(event));
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  return {
    actor,
    effects,
    messages,
    emitted,
    pending,
    errors,
    now: at,
    advanceTo: (instant) => clock.runTo(Date.parse(instant)),
    advanceBy: (milliseconds) => clock.runTo(clock.now() + milliseconds),
    due: () => clock.due().map((time) => new Date(time).toISOString()),
  };
}

/** XState's own SimulatedClock jumps: everything that fell due on the way sees the time of arrival. This one stops at each. */
class SteppedClock implements NonNullable<Actor<AnyStateMachine>['clock']> {
  #now: number;
  #next = 1;
  readonly #waiting = new Map<number, { due: number; run: () => void }>();

  readonly #lateBy: () => number;

  constructor(start: number, lateBy: () => number = () => 0) {
    if (Number.isNaN(start)) throw new Error('simulate() needs `at` as an ISO instant');
    this.#now = start;
    this.#lateBy = lateBy;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(run: () => void, delay: number): number {
    const id = this.#next++;
    this.#waiting.set(id, { due: this.#now + (delay || 0), run });
    return id;
  }

  clearTimeout(id: number): void {
    this.#waiting.delete(id);
  }

  due(): number[] {
    return [...this.#waiting.values()].map((one) => one.due).toSorted((a, b) => a - b);
  }

  runTo(target: number): void {
    for (;;) {
      let first: [number, { due: number; run: () => void }] | undefined;
      for (const entry of this.#waiting) if (!first || entry[1].due < first[1].due) first = entry;
      if (!first || first[1].due > target) break;
      this.#waiting.delete(first[0]);
      this.#now = Math.max(this.#now, Math.min(first[1].due + this.#lateBy(), target));
      first[1].run();
    }
    this.#now = Math.max(this.#now, target);
  }
}
