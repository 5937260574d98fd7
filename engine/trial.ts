/**
 * What would happen if: an event, and what the machines of a tree send each other because of it, against a copy of the world
 * in which nothing happens. So a bug met by an event from outside refuses that event instead of failing its task.
 */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { host } from './machine.ts';
import type { Runtime } from './machine.ts';
import { jsonOf, notPlain } from './plain-data.ts';
import { notPlainIn, runsMachine, tooLarge, unnamedChild } from './references.ts';
import { bugOf, keepIdle } from './watched-machine.ts';
import type { Announced } from './watched-machine.ts';

/** What XState hands to an executor of actions. */
interface TriedAction {
  readonly type: string;
  readonly exec?: (info: unknown, params: unknown) => void;
  readonly info: unknown;
  readonly params: unknown;
}

interface Sent {
  readonly target: AnyActorRef;
  readonly event: AnyEventObject;
}

/** So many events may follow from one inside the tree before a trial takes it for endless. */
const trialLimit = 1000;

/** Tries events on the tree of one root. */
export class Trials {
  /** Events that the trial under way sent and that do not happen. */
  #sent: Sent[] | undefined;
  /** What machines that a trial begins would do at their start. */
  #atStart: TriedAction[] = [];
  /** Actors of the trial by their systemId, and those that it has stopped: a systemId belongs to one at a time. */
  readonly #keyed = new Map<string, AnyActorRef>();
  readonly #gone = new Set<AnyActorRef>();
  readonly #selves = new WeakMap<AnyActorRef, AnyActorRef>();
  readonly #originalOf: (machine: AnyStateMachine) => AnyStateMachine;

  /** @param originalOf the machine behind one that is watched: what it throws here is no bug that anybody met */
  constructor(originalOf: (machine: AnyStateMachine) => AnyStateMachine) {
    this.#originalOf = originalOf;
  }

  /** Whether a trial is under way, which takes what is sent meanwhile. */
  takes(target: AnyActorRef, event: AnyEventObject): boolean {
    this.#sent?.push({ target, event });
    return this.#sent !== undefined;
  }

  /** @returns what a machine threw */
  run(root: AnyActorRef, event: AnyEventObject): unknown {
    const sent: Sent[] = [{ target: root, event }];
    this.#atStart = [];
    this.#keyed.clear();
    this.#gone.clear();
    const reached = new Map<AnyActorRef, AnyMachineSnapshot>();
    this.#sent = sent;
    try {
      for (let steps = 0; steps < trialLimit; steps += 1) {
        const next = sent.shift();
        if (!next) break;
        this.#try(next, reached);
      }
      const large = [...reached].some(isOther) && tooLarge(root, reached);
      return large ? new RangeError(large) : undefined;
    } catch (error) {
      return error ?? new Error('the machine threw nothing');
    } finally {
      this.#sent = undefined;
    }
  }

  #try({ target, event }: Sent, reached: Map<AnyActorRef, AnyMachineSnapshot>): void {
    const actor = (target as AnyActorRef & { readonly ref: AnyActorRef }).ref;
    if (!runsMachine(actor)) return;
    const before = reached.get(actor) ?? (actor.getSnapshot() as AnyMachineSnapshot);
    if (before.status !== 'active') return;
    const deferred: (() => void)[] = [];
    const self = this.#inTrial(actor);
    const machine = this.#originalOf(before.machine);
    const after = machine.transition(
      before,
      event as never,
      {
        self,
        system: self.system,
        id: actor.id,
        sessionId: 'trial',
        logger: nothing,
        defer: (work: () => void) => deferred.push(work),
        stopChild: nothing,
        emit: (emitted: unknown) => void jsonOf(emitted),
        // Custom actions run too: their system's host only looks whether effects and messages are JSON.
        actionExecutor: tryAction,
      } as never,
    ) as AnyMachineSnapshot;
    const unnamed = unnamedChild(after);
    if (unnamed) throw new Error(unnamed);
    const lost = after.context !== before.context && notPlain(after.context);
    if (lost) throw new TypeError(`${lost}, which does not survive a restart`);
    reached.set(actor, after);
    for (const work of deferred) work();
    const children = after.children === before.children ? {} : after.children;
    for (const [id, child] of Object.entries(children as { readonly [id: string]: AnyActorRef | undefined })) {
      if (!child || child === before.children[id]) continue;
      const bug = bugOf(child);
      if (bug) throw bug.cause;
      const unfit = notPlainIn(child, new WeakSet());
      if (unfit) throw new TypeError(`${unfit}, which does not survive a restart`);
    }
    for (const action of this.#atStart.splice(0)) tryAction(action);
    if (after.status === 'done') this.#unregister(actor);
    if (after.status === 'done' && actor._parent) {
      const done = { type: `xstate.done.actor.${actor.id}`, output: after.output as unknown, actorId: actor.id };
      this.#sent?.push({ target: actor._parent, event: done });
    }
  }

  /** The actor as it is in a trial: in a system that knows the same actors, and does nothing but note what is sent. */
  #inTrial(actor: AnyActorRef): AnyActorRef {
    const known = this.#selves.get(actor);
    if (known) return known;
    const live = actor.system;
    const system = {
      ...live,
      _bookId: () => 'trial',
      _register: nothing,
      _unregister: (gone: AnyActorRef) => this.#unregister(gone),
      _set: (systemId: string, one: AnyActorRef) => {
        const other = this.#keyedIn(live)[systemId];
        if (other && other !== one) throw new Error(`Actor with system ID '${systemId}' already exists.`);
        this.#keyed.set(systemId, one);
      },
      get: (systemId: string) => this.#keyedIn(live)[systemId],
      getAll: () => this.#keyedIn(live),
      _relay: (_source: unknown, target: AnyActorRef, event: AnyEventObject) =>
        this.#sent?.push({ target: target ?? actor, event }),
      _sendInspectionEvent: ({ type, actorRef: child }: Announced) => {
        if (type !== '@xstate.actor') return;
        keepIdle(child);
        const { _actorScope: scope } = child as unknown as { _actorScope: { actionExecutor: unknown } };
        scope.actionExecutor = (action: TriedAction) => this.#atStart.push(action);
      },
      inspect: () => ({ unsubscribe: nothing }),
      scheduler: { schedule: nothing, cancel: nothing, cancelAll: nothing },
    };
    host(system as unknown as AnyActorRef['system'], unheard);
    // An actor's own `send` is bound to it, and would reach it when an action keeps it for later.
    const send = (event: AnyEventObject) => system._relay(undefined, actor, event);
    const self = Object.create(actor, { system: { value: system }, send: { value: send } }) as AnyActorRef;
    this.#selves.set(actor, self);
    return self;
  }

  #keyedIn(live: AnyActorRef['system']): Record<string, AnyActorRef> {
    const living = Object.entries(live.getAll() as Record<string, AnyActorRef>);
    return Object.fromEntries([...living.filter(([, actor]) => !this.#gone.has(actor)), ...this.#keyed]);
  }

  #unregister(actor: AnyActorRef): void {
    this.#gone.add(actor);
    for (const [systemId, one] of this.#keyed) if (one === actor) this.#keyed.delete(systemId);
  }
}

/** Whether what it keeps would change. */
function isOther([actor, { context, children }]: [AnyActorRef, AnyMachineSnapshot]): boolean {
  const present = actor.getSnapshot() as AnyMachineSnapshot;
  return context !== present.context || children !== present.children;
}

const nothing = (): void => {};

/** XState's own actions that send, or free the systemId of what they stop. */
const tried: ReadonlySet<string> = new Set(['xstate.sendTo', 'xstate.emit', 'xstate.stopChild']);

/** Runs what a machine does by itself, and some of XState's own actions. */
function tryAction({ type, exec, info, params }: TriedAction): void {
  if (!type.startsWith('xstate.') || tried.has(type)) exec?.(info, params);
}

/** The host of a trial. What would go out has to be JSON all the same. */
const unheard: Runtime = {
  effect: (_actor, _name, params) => void jsonOf(params),
  message: (_actor, message) => void jsonOf(message),
  nextInvocation: () => 0,
  invoke: nothing,
  cancelInvocation: nothing,
};
