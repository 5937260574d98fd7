/**
 * One living actor tree with its edges replaced: time, activities, effects and messages. It takes one step at a time and
 * says what each produced. No Temporal in here: `engine/durable.ts` drives it from a workflow.
 */
import { createActor } from 'xstate';
import type {
  Actor,
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  InspectionEvent,
  Snapshot,
} from 'xstate';
import { InFlightActivities } from './in-flight.ts';
import type { InvocationOutcome, InvocationRequest } from './in-flight.ts';
import { host, numberActors, pathOf } from './machine.ts';
import type { Json, Message, Runtime } from './machine.ts';
import { sameJson } from './protocol.ts';
import type { PersistedTimer } from './protocol.ts';
import { notPlainIn, persist, restoreReferences, runsMachine, unnamedChild } from './references.ts';
import type { Cause, CommitRecord, EffectCall, View } from './store.ts';
import { jsonOf } from './plain-data.ts';
import { Timers } from './timers.ts';
import type { Timer } from './timers.ts';
import { Trials } from './trial.ts';
import { LatestView, dotted, isLeaf } from './view.ts';
import { bugOf, keepIdle, MachineBug, watchedMachine } from './watched-machine.ts';
import type { Announced, WatchedSystem } from './watched-machine.ts';

/** What the instance needs from where it lives. */
export interface Edges {
  now(): number;
  /** Runs an activity; the returned function cancels it. Answers come back through {@link Instance.take}. */
  invoke(request: InvocationRequest, answer: (outcome: InvocationOutcome) => void): () => void;
  /**
   * An actor inside (a promise, a callback, an observable) made the tree take a step by itself; with what the machine
   * threw, where it did.
   */
  acted(bug?: unknown): void;
  /** Nothing is to happen: promises, callbacks and observables do not begin. */
  readonly isPlan?: true;
}

/** Who the instance is, and how its states are read. */
export interface Identity {
  readonly id: string;
  readonly machine: string;
  readonly version: string;
  /** What the states' meta refers to, e.g. clause ids. */
  readonly cite: (meta: unknown) => readonly string[];
  /** Whose data the instance holds, from its context. */
  readonly tenant: (context: unknown) => string | undefined;
}

/** What an instance is made of again in a new run. */
export interface Kept {
  readonly snapshot: Json;
  readonly timers: readonly PersistedTimer[];
  readonly sequence: number;
  readonly lastView: View;
  readonly invocations: { readonly [path: string]: number };
  readonly nextActor?: number;
  /** How it stood right before an error that nobody handled. */
  readonly beforeError?: Restorable;
}

/** What an actor tree is built from again. */
export interface Restorable {
  readonly snapshot: Json;
  readonly timers: readonly PersistedTimer[];
}

interface Step {
  readonly causes: Cause[];
  readonly effects: EffectCall[];
  readonly emitted: Json[];
  readonly messages: Message[];
  readonly passed: { readonly states: Set<string>; readonly tags: Set<string> };
}

const emptyStep = (cause: Cause): Step => ({
  causes: [cause],
  effects: [],
  emitted: [],
  messages: [],
  passed: { states: new Set(), tags: new Set() },
});

/** A transition that the chart does not have: from where, where to, and what is done on the way. */
export interface Transit {
  /** Only what is active in it is left. The root by default. */
  readonly source?: AnyStateNode;
  readonly target?: readonly AnyStateNode[];
  readonly actions?: readonly unknown[];
}

/** A machine that is alive: takes steps, and says of each what came of it. */
export class Instance {
  #actor: Actor<AnyStateMachine>;
  readonly timers: Timers;
  /** Steps not yet handed over; see {@link takeRecords}. */
  #records: CommitRecord[] = [];
  #step: Step | undefined;
  #bug: MachineBug | undefined;
  #sequence: number;
  #lastView: View | null;
  readonly #latest = new LatestView();
  /** Contexts that were found to be plain. */
  readonly #plain = new WeakSet<object>();
  readonly #inFlight: InFlightActivities;
  /** How it stood right before the failure that it stands in an error for; none where a failure was handled. */
  #beforeError: Restorable | undefined;
  readonly #machine: AnyStateMachine;
  readonly #originals = new WeakMap<object, AnyStateMachine>();
  readonly #identity: Identity;
  readonly #edges: Edges;
  readonly #restored: boolean;
  #resuming = false;
  #numbers = { paused: false, next: 1 };
  readonly #trials = new Trials((machine) => this.#originals.get(machine) ?? machine);

  constructor(machine: AnyStateMachine, identity: Identity, edges: Edges, from: { input: Json } | { kept: Kept }) {
    this.#machine = machine;
    this.#identity = identity;
    this.#edges = edges;
    const kept = 'kept' in from ? from.kept : undefined;
    this.#restored = kept !== undefined;
    this.#sequence = kept?.sequence ?? 0;
    this.#lastView = kept?.lastView ?? null;
    this.#inFlight = new InFlightActivities(identity.id, (...asked) => edges.invoke(...asked), kept?.invocations ?? {});
    // An earlier build kept it also where the failure had been handled.
    this.#beforeError = statusOf(kept?.snapshot) === 'error' ? kept?.beforeError : undefined;
    this.#numbers.next = kept?.nextActor ?? 1;
    this.timers = new Timers(() => edges.now());
    this.#actor = this.#grow('input' in from ? from : { kept: from.kept });
  }

  get actor(): Actor<AnyStateMachine> {
    return this.#actor;
  }

  /** Builds the actor tree, not started yet. */
  #grow(from: { readonly input: Json } | { readonly kept: Restorable }): Actor<AnyStateMachine> {
    let hosted = false;
    const actor = createActor(this.#watched(this.#machine), {
      ...('input' in from ? { input: from.input } : { snapshot: from.kept.snapshot as unknown as Snapshot<unknown> }),
      clock: {
        now: () => this.#edges.now(),
        setTimeout: () => {
          throw new Error('The engine schedules through system.scheduler only');
        },
        clearTimeout: () => {},
      },
      logger: () => {},
      // The root announces itself before its initial state is computed, whose children already need their host.
      inspect: ({ type, actorRef }: InspectionEvent) => {
        if (type !== '@xstate.actor' || hosted) return;
        hosted = true;
        const { system } = actorRef as AnyActorRef;
        this.#follow(system as unknown as WatchedSystem);
        system.scheduler = this.timers.scheduler;
        this.#numbers = numberActors(system, this.#numbers.next);
        // Actors that come back have their ids, and take no number.
        this.#numbers.paused = 'kept' in from;
        host(system, this.#runtime());
      },
    } as never) as Actor<AnyStateMachine>;
    actor.on('*', (event: AnyEventObject) => {
      try {
        this.#step?.emitted.push(jsonOf(event) as Json);
      } catch (error) {
        // XState would report it through setTimeout, and go on without.
        this.#bug ??= new MachineBug(error);
      }
    });
    // Without an observer XState reports errors through setTimeout, which would hang a workflow.
    actor.subscribe({ error: () => {} });
    if ('kept' in from) {
      restoreReferences(actor);
      this.timers.restore(actor, from.kept.timers);
      this.#numbers.paused = false;
    }
    return actor;
  }

  #watched(machine: AnyStateMachine): AnyStateMachine {
    const watched = watchedMachine(machine, (bug, where) => {
      if (where === 'start') this.#bug ??= bug;
      else this.#bug = bug;
    });
    this.#originals.set(watched, machine);
    return watched;
  }

  /** Everything that happens in the tree passes here: children that appear, and states that are passed through. */
  #follow(system: WatchedSystem): void {
    system._sendInspectionEvent = (event) => {
      if (event.type === '@xstate.microstep') this.#pass(event);
      // What a machine does at its start, it does after its first state is known.
      if (event.type === '@xstate.snapshot' && event.event?.type === 'xstate.init') this.#bug ??= bugOf(event.actorRef);
      if (event.type !== '@xstate.actor') return;
      if (this.#edges.isPlan) keepIdle(event.actorRef);
      if (!runsMachine(event.actorRef)) return;
      const child = event.actorRef as unknown as { logic: AnyStateMachine };
      child.logic = this.#watched(child.logic);
    };
    this.#stepByRelay(system);
  }

  /** Every event between actors passes here: one that comes while no step is under way begins one. */
  #stepByRelay(system: WatchedSystem): void {
    const relay = system._relay;
    system._relay = (source, target, event) => {
      if (this.#trials.takes(target, event)) return;
      // An actor that comes back says to who observes it how it stands, as if that were new.
      if (this.#resuming && !this.#step && event.type.startsWith('xstate.snapshot.')) return;
      if (this.#step) return relay(source, target, event);
      if (/\.(reject|error)(\.|$)/.test(event.type)) this.#beforeError = this.#restorable();
      try {
        this.take({ kind: 'actor', type: event.type, path: pathOf(source ?? target) }, () =>
          relay(source, target, event),
        );
        this.#edges.acted();
      } catch (error) {
        this.#edges.acted(error);
      }
    };
  }

  /** Notes states of the root that a step passes through. */
  #pass({ actorRef, snapshot }: Announced): void {
    if (actorRef !== this.#actor || !snapshot || !this.#step) return;
    for (const node of snapshot._nodes) if (isLeaf(node)) this.#step.passed.states.add(dotted(node));
    for (const tag of snapshot.tags) this.#step.passed.tags.add(tag);
  }

  #runtime(): Runtime {
    return {
      effect: (actor, name, params) => {
        this.#step?.effects.push({
          name,
          actor: pathOf(actor),
          ...(params === undefined ? {} : { params: jsonOf(params) as Json }),
        });
      },
      message: (_actor, message) => {
        this.#step?.messages.push(jsonOf(message) as unknown as Message);
      },
      nextInvocation: (actor) => this.#inFlight.next(actor),
      invoke: (actor, { name, input, n, local }, settle) => {
        const asked = { name, input: jsonOf(input ?? null) as Json, n, local };
        this.#inFlight.begin(actor, asked, (outcome, key) => {
          const failed = 'failed' in outcome;
          if (failed) this.#beforeError = this.#restorable();
          this.#settle({ kind: 'activity', name, key, failed }, () => {
            if (failed) settle.failed(outcome.failed);
            else settle.done(outcome.done);
          });
        });
      },
      cancelInvocation: (actor) => this.#inFlight.cancelOf(actor),
    };
  }

  /** Starts the actor tree: the first step of a new instance, no step at all for one that continues. */
  start(): void {
    if (this.#restored) {
      this.#resuming = true;
      this.actor.start();
      this.#resuming = false;
      this.#throwBug();
    } else {
      this.take({ kind: 'start' }, () => this.actor.start());
      const unnamed = unnamedChild(this.snapshot);
      if (unnamed) throw new MachineBug(new Error(unnamed));
    }
  }

  /**
   * One step: fires what is due before it, runs `act` with everything it causes inside the tree, and notes what came of
   * it. Throws {@link MachineBug} when the machine itself throws.
   */
  take(cause: Cause, act: () => void): void {
    this.#run(emptyStep(cause), act);
  }

  /** As {@link take}; inside an operator's step it is part of that. */
  #settle(cause: Cause, act: () => void): void {
    if (this.#step) act();
    else this.take(cause, act);
  }

  /** Fires every timer whose moment has come, earliest first, each as a step of its own. */
  fireDue(): void {
    for (let timer = this.timers.takeDue(); timer; timer = this.timers.takeDue()) {
      const { source, target, event, dueAt } = timer;
      this.#run(emptyStep({ kind: 'timer', type: event.type, dueAt: new Date(dueAt).toISOString() }), () =>
        (this.actor.system as unknown as WatchedSystem)._relay(source, target, event),
      );
    }
  }

  /** An event from outside; the deadlines that passed before it have taken effect. */
  send(event: AnyEventObject, cause: Cause): void {
    this.fireDue();
    this.take(cause, () => this.actor.send(event));
  }

  /** Notes something that changed nothing, for the audit. */
  note(cause: Cause): void {
    this.#records.push(this.#record(emptyStep(cause), this.view()));
  }

  #run(step: Step, act: () => void): void {
    if (this.#step) throw new Error('A step was started inside another one');
    this.#step = step;
    try {
      act();
    } finally {
      this.#step = undefined;
    }
    this.#throwBug();
    // XState leaves those behind whose id another one took; nobody would take their events.
    if (this.snapshot.status !== 'active') this.timers.clear();
    if (this.snapshot.status !== 'error') this.#beforeError = undefined;
    const lost = notPlainIn(this.#actor, this.#plain);
    if (lost) throw new MachineBug(new TypeError(`${lost}, which does not survive a restart`));
    const view = this.view();
    const passed = passedThrough(step, this.snapshot);
    const produced = passed !== undefined || step.effects.length + step.emitted.length + step.messages.length > 0;
    // Who began an activity again is to be found, although the instance looks as it did.
    const isOperators = step.causes.some(({ kind }) => kind === 'operator');
    if (produced || isOperators || this.#lastView === null || !sameJson(view, this.#lastView)) {
      this.#records.push(this.#record(step, view, passed));
    }
  }

  #record(step: Step, view: View, passed?: CommitRecord['passed']): CommitRecord {
    this.#sequence += 1;
    const tenant = this.#identity.tenant(view.context);
    const record: CommitRecord = {
      instance: this.#identity.id,
      machine: this.#identity.machine,
      version: this.#identity.version,
      ...(tenant === undefined ? {} : { tenant }),
      sequence: this.#sequence,
      at: new Date(this.#edges.now()).toISOString(),
      causes: step.causes,
      from: this.#lastView?.value ?? null,
      ...(passed ? { passed } : {}),
      view,
      effects: step.effects,
      emitted: step.emitted,
      messages: step.messages,
    };
    this.#lastView = view;
    return record;
  }

  #throwBug(): void {
    if (this.#bug) throw this.#bug;
  }

  /** The steps since the last call, in order. */
  takeRecords(): CommitRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get snapshot(): AnyMachineSnapshot {
    return this.actor.getSnapshot();
  }

  /** The activity of this key, while it is under way. */
  inFlight(key: string): ReturnType<InFlightActivities['of']> {
    return this.#inFlight.of(key);
  }

  /** Raises a timer's event as if its moment had come; within {@link take}. */
  raise({ source, target, event }: Pick<Timer, 'source' | 'target' | 'event'>): void {
    (this.#actor.system as unknown as WatchedSystem)._relay(source, target, event);
  }

  /**
   * Takes transitions that the chart does not have, together; within {@link take}. XState asks the machine which transitions an
   * event takes: for this one event it is told.
   */
  transit(...transitions: readonly Transit[]): void {
    const { root } = this.#machine;
    const type = 'engine.transit';
    const asked = this.#machine as { getTransitionData?: unknown };
    const taken = transitions.map((transition) => ({
      actions: [],
      source: root,
      ...transition,
      reenter: false,
      eventType: type,
      toJSON: () => ({ type }),
    }));
    const original = this.#machine.getTransitionData.bind(this.#machine);
    asked.getTransitionData = (snapshot: AnyMachineSnapshot, event: AnyEventObject): unknown =>
      event.type === type ? taken : original(snapshot as never, event as never);
    try {
      this.#actor.send({ type });
    } finally {
      delete asked.getTransitionData;
    }
  }

  /** Goes back to right before the failure that the machine did not handle, and begins again what failed; within {@link take}. */
  redrive(): void {
    const before = this.#beforeError;
    if (!before) throw new Error('It is not known how the instance stood before the error');
    this.#beforeError = undefined;
    this.#inFlight.cancelAll();
    this.timers.clear();
    this.#actor = this.#grow({ kept: before });
    this.#actor.start();
  }

  /** In an error that came from a failure, and knows how it stood before. */
  get canBeRedriven(): boolean {
    return this.#beforeError !== undefined && this.snapshot.status === 'error';
  }

  /** Ends the tree where it stands; within {@link take}. */
  stop(): void {
    const { snapshot } = this;
    this.#actor.stop();
    // For XState an actor that stands in an error has ended already: it would stay in it.
    if (snapshot.status === 'error') {
      const holder = this.#actor as unknown as { _snapshot: AnyMachineSnapshot };
      holder._snapshot = { ...snapshot, status: 'stopped', error: undefined } as AnyMachineSnapshot;
    }
    this.timers.clear();
  }

  /** The same instance as it stands, apart from the world: what it asks for is only noted. */
  copy(edges: Edges): Instance {
    const copy = new Instance(this.#machine, this.#identity, edges, { kept: this.keep() });
    copy.start();
    return copy;
  }

  get machine(): AnyStateMachine {
    return this.#machine;
  }

  get invocations(): { name: string; key: string }[] {
    return this.#inFlight.all;
  }

  view(): View {
    return this.#latest.of(this.actor, this.timers, this.#identity.cite);
  }

  /** Whether some transition would take the event now. Runs guards, so guards must be pure. */
  can(event: AnyEventObject): boolean {
    const snapshot = this.snapshot;
    return snapshot.status === 'active' && snapshot.can(event as never);
  }

  /**
   * Runs the event, and what the machines of the tree send each other because of it, against a copy of the world in which
   * nothing happens.
   *
   * @returns what a machine threw
   */
  trial(event: AnyEventObject): unknown {
    return this.#trials.run(this.actor, event);
  }

  #restorable(): Restorable {
    return { snapshot: persist(this.#actor), timers: this.timers.persisted() };
  }

  keep(): Kept {
    return {
      ...this.#restorable(),
      ...(this.#beforeError ? { beforeError: this.#beforeError } : {}),
      sequence: this.#sequence,
      lastView: this.#lastView ?? this.view(),
      invocations: this.#inFlight.starts,
      nextActor: this.#numbers.next,
    };
  }
}

function statusOf(snapshot: Json | undefined): unknown {
  return (snapshot as { readonly status?: unknown } | undefined)?.status;
}

/** What the step went through and did not stay in. */
function passedThrough({ passed }: Step, reached: AnyMachineSnapshot): CommitRecord['passed'] {
  for (const node of reached._nodes) passed.states.delete(dotted(node));
  for (const tag of reached.tags) passed.tags.delete(tag);
  if (passed.states.size === 0 && passed.tags.size === 0) return undefined;
  return { states: [...passed.states].toSorted(), tags: [...passed.tags].toSorted() };
}
