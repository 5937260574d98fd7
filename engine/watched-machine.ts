/** Machines whose start and transitions tell bugs from outcomes: XState turns both into the status `error`. */
import type { AnyActorLogic, AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { runsMachine, unnamedChild } from './references.ts';

/** A guard, assign or action threw: a bug of the machine, not an outcome. */
export class MachineBug extends Error {
  override readonly name = 'MachineBug';
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What XState's actor system says of its actors. */
export interface Announced {
  readonly type: string;
  readonly actorRef: AnyActorRef;
  readonly snapshot?: AnyMachineSnapshot;
  readonly event?: { readonly type: string };
}

/** What of XState's actor system all events go through, and all that is said of them. */
export interface WatchedSystem {
  _sendInspectionEvent(event: Announced): void;
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: AnyEventObject): void;
}

/** @param noted told of each bug, at the start or in a transition; a transition throws it on as XState expects */
export function watchedMachine(
  machine: AnyStateMachine,
  noted: (bug: MachineBug, where: 'start' | 'transition') => void,
): AnyStateMachine {
  const watched = Object.create(machine) as AnyStateMachine;
  watched.getInitialSnapshot = (scope, input) => {
    const initial = machine.getInitialSnapshot.call(watched, scope, input);
    if (initial.status === 'error') noted(new MachineBug(initial.error), 'start');
    return initial;
  };
  watched.transition = (snapshot, event, scope) => {
    try {
      const next = machine.transition(snapshot, event, scope);
      const unnamed = unnamedChild(next);
      if (unnamed) throw new Error(unnamed);
      return next;
    } catch (error) {
      noted(new MachineBug(error), 'transition');
      throw error;
    }
  };
  return watched;
}

/**
 * Keeps an actor that is only tried or planned from beginning what it does: a promise or a callback may set timers, which
 * are commands to the server, and where a query or a validator gives one the whole worker fails. Machines and activities
 * begin as ever: what they ask of the world goes through their host, which knows that nothing is to happen.
 */
export function keepIdle(actor: AnyActorRef): void {
  if (runsMachine(actor)) return;
  const holder = actor as unknown as { logic: AnyActorLogic };
  const { logic } = holder;
  const { activity } = (logic.config ?? {}) as { readonly activity?: string };
  if (logic.start === undefined || activity !== undefined) return;
  holder.logic = Object.assign(Object.create(logic) as AnyActorLogic, {
    start: () => {},
    // What it began it would end and hand events to: nothing of that is there.
    transition: (snapshot: object, { type }: AnyEventObject) =>
      type === 'xstate.stop' ? { ...snapshot, status: 'stopped' } : snapshot,
  });
}

/** Why a machine that has not begun yet, or has just begun, stands in an error: it has done nothing yet that could fail. */
export function bugOf(actor: AnyActorRef): MachineBug | undefined {
  if (!runsMachine(actor)) return undefined;
  const { status, error } = actor.getSnapshot() as AnyMachineSnapshot;
  return status === 'error' ? new MachineBug(error) : undefined;
}
