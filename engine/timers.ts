/**
 * The scheduler of an actor system as data: absolute due times that survive a restart. XState hands over a delay; from
 * then on only the instant counts, so continue-as-new, replay and downtime do not move a deadline.
 */
import type { AnyActorRef, AnyEventObject } from 'xstate';
import { actorAt, pathOf } from './machine.ts';
import type { Deadline } from './store.ts';
import type { PersistedTimer } from './protocol.ts';

/** One delayed event. `dueAt`: milliseconds since the epoch. */
export interface Timer {
  readonly source: AnyActorRef | undefined;
  readonly target: AnyActorRef;
  readonly id: string;
  readonly event: AnyEventObject;
  readonly dueAt: number;
  /** Another one of its source took its id: it fires, and nothing can cancel it any more. So it is with XState's own. */
  orphaned: boolean;
}

/** The last moment that Temporal can say: a timer for later never fires. */
const endOfTime = Date.parse('9999-12-31T23:59:59.999Z');

/** Deadlines in order of their moment, and of their arrival where moments are equal, as XState's own timers fire. */
export class Timers {
  readonly #now: () => number;
  /** Replaced by what is changed, so that who sees the same list sees the same deadlines. */
  #waiting: readonly Timer[] = [];
  readonly #described = new WeakMap<Timer, Deadline>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What replaces `actor.system.scheduler` before the actor starts. */
  get scheduler(): AnyActorRef['system']['scheduler'] {
    return {
      schedule: (
        source: AnyActorRef,
        target: AnyActorRef,
        event: AnyEventObject,
        delay: number,
        id: string = Math.random().toString(36).slice(2),
      ) => {
        this.#orphan(source, id);
        // A moment that is over comes before those that are over for a shorter time. None was before 1970.
        const dueAt = Math.max(0, this.#now() + (delay || 0));
        if (dueAt <= endOfTime) this.#insert({ source, target, event, id, dueAt, orphaned: false });
      },
      cancel: (source: AnyActorRef, id: string) => {
        this.#keep((one) => one.orphaned || one.source !== source || one.id !== id);
      },
      cancelAll: (source: AnyActorRef) => {
        this.#keep((one) => one.orphaned || one.source !== source);
      },
    } as AnyActorRef['system']['scheduler'];
  }

  #keep(isKept: (one: Timer) => boolean): void {
    const kept = this.#waiting.filter(isKept);
    if (kept.length < this.#waiting.length) this.#waiting = kept;
  }

  #orphan(source: AnyActorRef | undefined, id: string): void {
    for (const one of this.#waiting) if (one.source === source && one.id === id) one.orphaned = true;
  }

  #insert(timer: Timer): void {
    const index = this.#waiting.findIndex((one) => one.dueAt > timer.dueAt);
    this.#waiting = this.#waiting.toSpliced(index < 0 ? this.#waiting.length : index, 0, timer);
  }

  /** All that wait, earliest first: another list whenever something of it changed. */
  get waiting(): readonly Timer[] {
    return this.#waiting;
  }

  /** The earliest due time in milliseconds since the epoch. */
  get earliest(): number | undefined {
    return this.#waiting[0]?.dueAt;
  }

  /** Takes out the earliest timer if its moment has come. */
  takeDue(): Timer | undefined {
    const first = this.#waiting[0];
    if (!first || first.dueAt > this.#now()) return undefined;
    this.#waiting = this.#waiting.slice(1);
    this.#orphan(first.source, first.id);
    return first;
  }

  /** Whether some timer raises this event for the actor at this path. */
  has(event: string, path: string): boolean {
    return this.#waiting.some((one) => one.event.type === event && pathOf(one.target) === path);
  }

  /** Takes out the timers that raise this event for the actor at this path. */
  takeOut(event: string, path: string): Timer[] {
    const isMeant = (one: Timer) => one.event.type === event && pathOf(one.target) === path;
    const taken = this.#waiting.filter(isMeant);
    this.#keep((one) => !isMeant(one));
    return taken;
  }

  clear(): void {
    this.#keep(() => false);
  }

  persisted(): PersistedTimer[] {
    return this.#waiting.map(({ source, target, id, event, dueAt, orphaned }) => ({
      source: source ? pathOf(source) : '',
      target: pathOf(target),
      id,
      event: event as PersistedTimer['event'],
      dueAt,
      ...(orphaned ? { orphaned } : {}),
    }));
  }

  /** Takes over what an earlier run left; an actor that is gone takes its timers with it. */
  restore(root: AnyActorRef, timers: readonly PersistedTimer[]): void {
    for (const timer of timers) {
      const source = actorAt(root, timer.source);
      const target = actorAt(root, timer.target);
      if (!source || !target) continue;
      const { id, event, dueAt, orphaned = false } = timer;
      this.#insert({ source, target, id, event, dueAt, orphaned });
    }
  }

  /** What is waited for, readable. `cite` names what the state of this id in the target's machine refers to. */
  deadlines(cite: (target: AnyActorRef, stateId: string) => readonly string[]): Deadline[] {
    return this.#waiting.map((timer) => {
      const known = this.#described.get(timer);
      if (known) return known;
      const described = describe(timer, cite);
      this.#described.set(timer, described);
      return described;
    });
  }
}

/** State ids start with the machine's own: `subscription.inForce.standing` reads better as `inForce.standing`. */
function withoutRoot(stateId: string): string {
  const dot = stateId.indexOf('.');
  return dot < 0 ? stateId : stateId.slice(dot + 1);
}

function describe({ target, event, dueAt }: Timer, cite: Parameters<Timers['deadlines']>[0]): Deadline {
  const after = /^xstate\.after\.(?<delay>[^.]+)\.(?<state>.+)$/.exec(event.type)?.groups;
  const state = after?.['state'];
  const actor = pathOf(target);
  return {
    at: new Date(dueAt).toISOString(),
    event: event.type,
    ...(actor === '' ? {} : { actor }),
    label: state ? `${after['delay']} in ${withoutRoot(state)}` : event.type,
    references: state ? cite(target, state) : [],
  };
}
