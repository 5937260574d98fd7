/**
 * What a statechart may ask of the world: contract time, effects, activities and messages.
 *
 * This is the only part of the engine that machines import. It depends on XState alone, so a machine runs unchanged in
 * a plain `createActor`, in a simulation (`engine/simulate.ts`) and inside a Temporal workflow (`engine/durable.ts`).
 */
import type { ActorLogic, ActorRefFrom, AnyActorRef, PromiseActorLogic, Snapshot } from 'xstate';

/** JSON as it survives a continue-as-new: no `undefined`, dates, maps or bigints. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An instant as an ISO 8601 string in UTC with milliseconds, e.g. `2027-03-10T16:00:00.000Z`. */
export type Instant = string;

/** A message from one durable instance to another; delivered once, in order per pair of instances. */
export interface Message {
  /** The receiver: the name of its machine and its instance id (which is its workflow id). */
  readonly to: { readonly machine: string; readonly id: string };
  /** Starts the receiver with this input unless it exists already (then the start changes nothing). */
  readonly start?: Json;
  /** The event that the receiver gets; a public event of its machine. */
  readonly event?: { readonly type: string; readonly [key: string]: Json | undefined };
}

/** A failed activity as it arrives in `onError`: plain data, so that it survives in a context. */
export interface InvocationError {
  readonly name: string;
  readonly message: string;
  /** Type of the application failure, e.g. `PriceNotFound`; absent for timeouts and cancellations. */
  readonly type?: string;
  readonly details?: readonly Json[];
}

/** What hosts an actor system: the workflow, or a simulation. */
export interface Runtime {
  effect(actor: AnyActorRef, name: string, params: unknown): void;
  message(actor: AnyActorRef, message: Message): void;
  /** The number of this start of the activity at this place in the actor tree, counted from 1. */
  nextInvocation(actor: AnyActorRef): number;
  invoke(
    actor: AnyActorRef,
    request: { name: string; input: Json; n: number; local: boolean },
    settle: { done(output: unknown): void; failed(error: InvocationError): void },
  ): void;
  /** The actor was stopped before the answer came. */
  cancelInvocation(actor: AnyActorRef): void;
}

type AnyActorSystem = AnyActorRef['system'];

/** Names given to {@link effect} and {@link activity} by the modules loaded so far: what a worker must be able to do. */
export const declared = { effects: new Set<string>(), activities: new Set<string>() };

const runtimes = new WeakMap<AnyActorSystem, Runtime>();

/** Makes `runtime` the host of everything that happens in this actor system. */
export function host(system: AnyActorSystem, runtime: Runtime): void {
  runtimes.set(system, runtime);
}

/**
 * Numbers the actors that are spawned without an id: XState counts them over all systems of a process, and an id that a
 * context keeps must be the same wherever the instance lives.
 *
 * @param from the number of the next actor
 * @returns the number that comes next; while `paused`, actors get other session ids: those that are restored have their ids
 */
export function numberActors(system: AnyActorSystem, from = 1): { paused: boolean; readonly next: number } {
  const numbers = { paused: false, next: from };
  let restored = 0;
  (system as unknown as { _bookId: () => string })._bookId = () =>
    numbers.paused ? `r:${(restored += 1)}` : `x:${numbers.next++}`;
  return numbers;
}

/**
 * Contract time in milliseconds since the epoch: the workflow's clock in a workflow, the simulated clock in a test.
 * Throws where the actor system has neither, because the machine's own clock would not be the contract's.
 */
export function now(self: Pick<AnyActorRef, 'system'>): number {
  const clock = (self.system as unknown as { _clock?: { now?: () => number } })._clock;
  if (typeof clock?.now !== 'function') {
    throw new Error('No contract time: give createActor a clock with now(), e.g. a SimulatedClock, or use simulate()');
  }
  return clock.now();
}

/** Contract time as an ISO instant; see {@link now}. */
export function instantOf(self: Pick<AnyActorRef, 'system'>): Instant {
  return new Date(now(self)).toISOString();
}

/**
 * The delay until an instant kept in the context, for `setup({ delays })`. What was missed while nobody ran happens at once, in
 * the order of its instants: so one in the past is so many milliseconds less than none.
 */
export function until<Args extends { self: Pick<AnyActorRef, 'system'> }>(
  at: (args: Args) => Instant,
): (args: Args) => number {
  return (args) => {
    const due = Date.parse(at(args));
    if (Number.isNaN(due)) throw new Error(`until() needs an ISO instant, got ${JSON.stringify(at(args))}`);
    return due - now(args.self);
  };
}

interface ActionArgsLike {
  self: AnyActorRef;
  system: AnyActorSystem;
}

/**
 * An action that the world carries out: the handler of this name runs in the database transaction of the commit,
 * exactly once. Parameters are JSON and carry no personal data. Without a host (plain `createActor`) it does nothing.
 */
export function effect<Params = undefined>(name: string): (args: ActionArgsLike, params: Params) => void {
  declared.effects.add(name);
  return ({ self, system }, params) => runtimes.get(system)?.effect(self, name, params);
}

/** An action that sends a message to another durable instance; see {@link Message}. */
export function message<Args extends ActionArgsLike, Params = undefined>(
  build: (args: Args, params: Params) => Message | readonly Message[] | undefined,
): (args: Args, params: Params) => void {
  return (args, params) => {
    const built = build(args, params);
    if (built === undefined) return;
    for (const one of Array.isArray(built) ? (built as Message[]) : [built as Message]) {
      runtimes.get(args.system)?.message(args.self, one);
    }
  };
}

interface ActivityState {
  readonly activity: string;
  readonly n: number;
}

/** The persisted state of an activity's actor: what it was asked, and which start of it this is. */
export type ActivitySnapshot<Out> = Snapshot<Out> & { input: unknown } & ActivityState;

const settled = { done: 'pacta.activity.done', failed: 'pacta.activity.failed' } as const;

/**
 * Actor logic of an activity: use it in `setup({ actors: { name: activity<In, Out>('name') } })` and `invoke` it where
 * the machine needs an answer. Runs as a remote Temporal activity (retried by its policy; idempotent by
 * {@link Invocation.key}), cancelled when the state that invoked it is left; its failure arrives in `onError` as an
 * {@link InvocationError}. `local: true` only for what is short and idempotent: it is tried once in the task itself, one such
 * activity of an instance at a time, and goes on as a remote one where that fails or takes longer than 3 s.
 *
 * It is a promise to XState's types: the answer is `event.output` of `onDone`.
 */
export function activity<In, Out>(name: string, options: { local?: boolean } = {}): PromiseActorLogic<Out, In> {
  declared.activities.add(name);
  type State = ActivitySnapshot<Out>;
  type Event =
    | { type: typeof settled.done; output: Out }
    | { type: typeof settled.failed; error: InvocationError }
    | { type: 'xstate.stop' };
  const logic: ActorLogic<State, Event, In> = {
    config: { activity: name },
    getInitialSnapshot: ({ self, system }, input) => ({
      status: 'active',
      output: undefined,
      error: undefined,
      input,
      activity: name,
      n: runtimes.get(system)?.nextInvocation(self) ?? 0,
    }),
    start: (state, { self, system }) => {
      if (state.status !== 'active') return;
      const runtime = runtimes.get(system);
      if (!runtime) {
        throw new Error(`Activity '${name}' has no host: provide another actor, or use simulate()`);
      }
      const answer = (event: Event) => (self as ActorRefFrom<typeof logic>).send(event);
      runtime.invoke(
        self,
        { name, input: state.input as Json, n: state.n, local: options.local ?? false },
        {
          done: (output) => answer({ type: settled.done, output: output as Out }),
          failed: (error) => answer({ type: settled.failed, error }),
        },
      );
    },
    transition: (state, event, { self, system }) => {
      if (state.status !== 'active') return state;
      switch (event.type) {
        case settled.done:
          return { ...state, status: 'done', output: event.output, error: undefined };
        case settled.failed:
          return { ...state, status: 'error', output: undefined, error: event.error };
        case 'xstate.stop':
          runtimes.get(system)?.cancelInvocation(self);
          return { ...state, status: 'stopped', output: undefined, error: undefined };
        default:
          return state;
      }
    },
    getPersistedSnapshot: (state) => state,
    restoreSnapshot: (state) => state as State,
  };
  return logic as unknown as PromiseActorLogic<Out, In>;
}

/** The place of an actor in its tree: ids from the root down, `''` for the root. Stable over restarts. */
export function pathOf(actor: AnyActorRef): string {
  const parent = actor._parent;
  if (!parent) return '';
  const above = pathOf(parent);
  const id = actor.id.replaceAll('%', '%25').replaceAll('/', '%2F');
  return above === '' ? id : `${above}/${id}`;
}

/** The actor at this place below `root`, if it is there; the inverse of {@link pathOf}. */
export function actorAt(root: AnyActorRef, path: string): AnyActorRef | undefined {
  if (path === '') return root;
  let actor: AnyActorRef | undefined = root;
  for (const part of path.split('/')) {
    const id = part.replaceAll('%2F', '/').replaceAll('%25', '%');
    const children: Record<string, AnyActorRef> | undefined = actor?.getSnapshot()?.children;
    actor = children?.[id];
  }
  return actor;
}
