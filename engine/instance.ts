/**
 * One living actor tree with its edges replaced: time, activities, effects and messages. It takes one step at a time and
 * says what each produced. No Temporal in here: `engine/durable.ts` drives it from a workflow.
 */
import { StateMachine, createActor } from 'xstate';
import type {
  Actor,
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  InspectionEvent,
  Snapshot,
} from 'xstate';
import { host, pathOf } from './machine.ts';
import type { InvocationError, Json, Message, Runtime } from './machine.ts';
import { sameJson } from './protocol.ts';
import type { PersistedTimer } from './protocol.ts';
import type { Cause, CommitRecord, EffectCall, View } from './store.ts';
import { Timers } from './timers.ts';
import { leavesOf, viewOf, wordsOf } from './view.ts';

/** An activity that an actor of the machine asks for. */
export interface InvocationRequest {
  readonly name: string;
  readonly input: Json;
  readonly key: string;
  readonly path: string;
  readonly local: boolean;
}

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
}

/** What became of an activity. */
export type InvocationOutcome = { readonly done: unknown } | { readonly failed: InvocationError };

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
}

/** A guard, assign or action threw: a bug of the machine, not an outcome. */
export class MachineBug extends Error {
  override readonly name = 'MachineBug';
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What XState hands to an executor of actions. */
interface TriedAction {
  readonly type: string;
  readonly exec?: (info: unknown, params: unknown) => void;
  readonly info: unknown;
  readonly params: unknown;
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

/** The part of XState's actor system that all its events go through. */
interface RelayingSystem {
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: AnyEventObject): void;
}

/** A machine that is alive: takes steps, and says of each what came of it. */
export class Instance {
  readonly actor: Actor<AnyStateMachine>;
  readonly timers: Timers;
  /** Steps not yet handed over; see {@link takeRecords}. */
  #records: CommitRecord[] = [];
  #step: Step | undefined;
  #bug: MachineBug | undefined;
  #sequence: number;
  #lastView: View | null;
  readonly #inFlight = new Map<string, { name: string; key: string; cancel: () => void }>();
  readonly #starts: Map<string, number>;
  readonly #machine: AnyStateMachine;
  readonly #identity: Identity;
  readonly #edges: Edges;
  readonly #restored: boolean;

  constructor(machine: AnyStateMachine, identity: Identity, edges: Edges, from: { input: Json } | { kept: Kept }) {
    this.#machine = machine;
    this.#identity = identity;
    this.#edges = edges;
    const kept = 'kept' in from ? from.kept : undefined;
    this.#restored = kept !== undefined;
    this.#sequence = kept?.sequence ?? 0;
    this.#lastView = kept?.lastView ?? null;
    this.#starts = new Map(Object.entries(kept?.invocations ?? {}));
    this.timers = new Timers(() => edges.now());
    let hosted = false;
    this.actor = createActor(this.#watched(machine), {
      ...('input' in from ? { input: from.input } : { snapshot: from.kept.snapshot as unknown as Snapshot<unknown> }),
      clock: {
        now: () => edges.now(),
        setTimeout: () => {
          throw new Error('The engine schedules through system.scheduler only');
        },
        clearTimeout: () => {},
      },
      logger: () => {},
      inspect: (event: InspectionEvent) => {
        if (event.type === '@xstate.microstep') return this.#pass(event);
        // The root announces itself before its initial state is computed, whose children already need their host.
        if (event.type !== '@xstate.actor') return;
        if (hosted) {
          const child = event.actorRef as unknown as { logic: unknown };
          if (child.logic instanceof StateMachine) child.logic = this.#watched(child.logic as AnyStateMachine);
          return;
        }
        hosted = true;
        const { system } = event.actorRef as AnyActorRef;
        system.scheduler = this.timers.scheduler;
        this.#stepByRelay(system as unknown as RelayingSystem);
        host(system, this.#runtime());
      },
    } as never) as Actor<AnyStateMachine>;
    this.actor.on('*', (event: AnyEventObject) => this.#step?.emitted.push(jsonOf(event) as Json));
    // Without an observer XState reports errors through setTimeout, which would hang a workflow.
    this.actor.subscribe({ error: () => {} });
    if (kept) this.timers.restore(this.actor, kept.timers);
  }

  /** A machine whose transition tells bugs from outcomes: XState turns both into the status `error`. */
  #watched(machine: AnyStateMachine): AnyStateMachine {
    const watched = Object.create(machine) as AnyStateMachine;
    watched.transition = (snapshot, event, scope) => {
      try {
        return machine.transition(snapshot, event, scope);
      } catch (error) {
        this.#bug = new MachineBug(error);
        throw error;
      }
    };
    return watched;
  }

  /** Every event between actors passes here: one that comes while no step is under way begins one. */
  #stepByRelay(system: RelayingSystem): void {
    const relay = system._relay;
    system._relay = (source, target, event) => {
      if (this.#step) return relay(source, target, event);
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
  #pass({ actorRef, snapshot }: { readonly actorRef: unknown; readonly snapshot: unknown }): void {
    if (actorRef !== this.actor || !this.#step) return;
    const passed = snapshot as AnyMachineSnapshot;
    for (const leaf of leavesOf(passed)) this.#step.passed.states.add(leaf);
    for (const tag of passed.tags) this.#step.passed.tags.add(tag);
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
      nextInvocation: (actor) => {
        const path = pathOf(actor);
        const n = (this.#starts.get(path) ?? 0) + 1;
        this.#starts.set(path, n);
        return n;
      },
      invoke: (actor, { name, input, n, local }, settle) => {
        const path = pathOf(actor);
        const key = `${this.#identity.id}/${path}/${n}`;
        const request = { name, input: jsonOf(input ?? null) as Json, key, path, local };
        let cancelled = false;
        const cancel = this.#edges.invoke(request, (outcome) => {
          if (cancelled) return;
          this.#inFlight.delete(key);
          this.take({ kind: 'activity', name, key, failed: 'failed' in outcome }, () => {
            if ('failed' in outcome) settle.failed(outcome.failed);
            else settle.done(outcome.done);
          });
        });
        this.#inFlight.set(key, {
          name,
          key,
          cancel: () => {
            cancelled = true;
            cancel();
          },
        });
      },
      cancelInvocation: (actor) => {
        const path = pathOf(actor);
        for (const [key, one] of this.#inFlight) {
          if (key.slice(this.#identity.id.length + 1).replace(/\/\d+$/, '') !== path) continue;
          this.#inFlight.delete(key);
          one.cancel();
        }
      },
    };
  }

  /** Starts the actor tree: the first step of a new instance, no step at all for one that continues. */
  start(): void {
    if (this.#restored) {
      this.actor.start();
      this.#throwBug();
    } else {
      this.take({ kind: 'start' }, () => this.actor.start());
    }
  }

  /**
   * One step: fires what is due before it, runs `act` with everything it causes inside the tree, and notes what came of
   * it. Throws {@link MachineBug} when the machine itself throws.
   */
  take(cause: Cause, act: () => void): void {
    this.#run(emptyStep(cause), act);
  }

  /** Fires every timer whose moment has come, earliest first, each as a step of its own. */
  fireDue(): void {
    for (let timer = this.timers.takeDue(); timer; timer = this.timers.takeDue()) {
      const { source, target, event, dueAt } = timer;
      this.#run(emptyStep({ kind: 'timer', type: event.type, dueAt: new Date(dueAt).toISOString() }), () =>
        (this.actor.system as unknown as RelayingSystem)._relay(source, target, event),
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
    const view = this.view();
    const produced = step.effects.length + step.emitted.length + step.messages.length > 0;
    if (produced || this.#lastView === null || !sameJson(view, this.#lastView)) {
      this.#records.push(this.#record(step, view));
    }
  }

  #record(step: Step, view: View): CommitRecord {
    this.#sequence += 1;
    const tenant = this.#identity.tenant(view.context);
    const passed = passedThrough(step, this.snapshot);
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

  get invocations(): { name: string; key: string }[] {
    return [...this.#inFlight.values()].map(({ name, key }) => ({ name, key }));
  }

  view(): View {
    return viewOf(this.actor, this.timers, this.#identity.cite);
  }

  /** The state in words. */
  words(): string {
    return wordsOf(this.snapshot);
  }

  /** Whether some transition would take the event now. Runs guards, so guards must be pure. */
  can(event: AnyEventObject): boolean {
    const snapshot = this.snapshot;
    return snapshot.status === 'active' && snapshot.can(event as never);
  }

  /** Runs the event against a copy of the world in which nothing happens, and returns what the machine threw. */
  trial(event: AnyEventObject): unknown {
    const live = this.actor.system as unknown as Record<string, unknown>;
    const nothing = () => {};
    const system = {
      ...live,
      _bookId: () => 'trial',
      _register: nothing,
      _unregister: nothing,
      _set: nothing,
      _relay: nothing,
      _sendInspectionEvent: nothing,
      inspect: () => ({ unsubscribe: nothing }),
      scheduler: { schedule: nothing, cancel: nothing, cancelAll: nothing },
    };
    const self = Object.create(this.actor, { system: { value: system } }) as AnyActorRef;
    try {
      this.#machine.transition(
        this.snapshot,
        event as never,
        {
          self,
          system,
          id: self.id,
          sessionId: 'trial',
          logger: nothing,
          defer: nothing,
          stopChild: nothing,
          emit: nothing,
          // Custom actions run too: their system has no host here, so effects and messages do nothing.
          actionExecutor: ({ type, exec, info, params }: TriedAction) => {
            if (!type.startsWith('xstate.')) exec?.(info, params);
          },
        } as never,
      );
      return undefined;
    } catch (error) {
      return error ?? new Error('the machine threw nothing');
    }
  }

  keep(): Kept {
    return {
      snapshot: jsonOf(this.actor.getPersistedSnapshot()) as Json,
      timers: this.timers.persisted(),
      sequence: this.#sequence,
      lastView: this.#lastView ?? this.view(),
      invocations: Object.fromEntries(this.#starts),
    };
  }
}

/** What JSON keeps of a value; also cuts every reference into the living tree. */
function jsonOf(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

/** What the step went through and did not stay in. */
function passedThrough({ passed }: Step, reached: AnyMachineSnapshot): CommitRecord['passed'] {
  for (const leaf of leavesOf(reached)) passed.states.delete(leaf);
  for (const tag of reached.tags) passed.tags.delete(tag);
  if (passed.states.size === 0 && passed.tags.size === 0) return undefined;
  return { states: [...passed.states], tags: [...passed.tags] };
}
