/**
 * One instance as a Temporal workflow. Sandbox half of the engine: everything here is replayed.
 *
 * Order of things in one workflow task: updates apply in their handlers, one macrostep each, and answer at once; signals,
 * answers of the store and the timer only make a note. One loop does the rest in turns, and no turn begins before all that
 * the task brought is known: it applies signals, fires deadlines, sets the timer, hands steps to the store, one remote
 * activity at a time, and decides when to continue as new. (A replay may bring in one task what came in several, and
 * signals and updates in another order than live: whoever acts where something arrives, acts in another order then.)
 */
import {
  ApplicationFailure,
  ContinueAsNew,
  TemporalFailure,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  proxySinks,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Sinks } from '@temporalio/workflow';
import { msToNumber } from '@temporalio/common/lib/time.js';
import type { AnyStateMachine } from 'xstate';
import type { Alarm } from './alarm.ts';
import { AlarmClock } from './alarm-clock.ts';
import { CommitQueue } from './commit-queue.ts';
import type { Definition, DurableOptions, EventSpec } from './definition.ts';
import { Inbox } from './inbox.ts';
import { Instance } from './instance.ts';
import type { InvocationOutcome, InvocationRequest } from './in-flight.ts';
import { LocalActivities, invokeActivity } from './invocations.ts';
import type { Json } from './machine.ts';
import type { Operation } from './operation.ts';
import { expectedBy, shapeOf, takeOver } from './migration.ts';
import type { KeptInstance, PersistedSnapshot } from './migration.ts';
import { OperatorsView, detailsOf, timerSummary } from './operators-view.ts';
import { inThisScope } from './own-scope.ts';
import { bytesOf } from './plain-data.ts';
import { names, payloadLimit } from './protocol.ts';
import type {
  Answer,
  AskedOperation,
  BatchAnswer,
  CanAnswer,
  Carry,
  Envelope,
  NextEvent,
  PlanAnswer,
  KeptAnswer,
  MoveRequest,
  SnapshotAnswer,
  Start,
} from './protocol.ts';
import type { View } from './store.ts';
import { leavesOf } from './view.ts';

/**
 * Continue as new before this many events taken, and before a history of this many events, though the server would allow
 * 2,000 updates and 51,200 events: a task has 10 s, and whoever takes over from a worker that died has to replay the whole
 * run in it, at about a millisecond an event, along with all the other runs of that worker. What counts is events from
 * outside, of which one update may bring a hundred. {@link DurableOptions.continueAfter}.
 */
const runLimit = { taken: 1500, events: 1000 };

/** A run hands over at most this many bytes of unstored steps: what starts a run is one payload, and has a limit. */
const carryLimit = 500_000;

/** How long continue-as-new waits for the store and for running activities before it carries them along; milliseconds. */
const drainFor = 10_000;

/** An instance that takes this many events meanwhile is never quiet: it carries along what is left. */
const drainEvents = 100;

interface EngineSinks extends Sinks {
  engine: { reached(point: string): void; alarm(alarm: Alarm): void };
}

/** One run of one instance: brings events, time, activities and the store together around its {@link Instance}. */
export class Host<M extends AnyStateMachine> {
  readonly #machine: M;
  readonly #options: DurableOptions<M>;
  readonly #start: Start;
  readonly #instance: Instance;
  readonly #inbox: Inbox;
  readonly #commits: CommitQueue;
  readonly #operators: OperatorsView;
  readonly #alarm = new AlarmClock((error) => this.#noted(error));
  readonly #patience = new AlarmClock((error) => this.#noted(error));
  readonly #locals = new LocalActivities();
  readonly #signalled: Envelope[] = [];
  #failure: unknown;
  /** Where turns are taken, whoever made the note: under the workflow's own scope. */
  readonly #inOwnScope = inThisScope();
  /** Until when turns are taken, and what goes on then. */
  #isEnough: () => boolean = () => false;
  #goOn: () => void = () => {};
  /** Where this task is; see {@link Host.#noted}. */
  #task: 'arriving' | 'known' | 'acting' | 'acted' = 'arriving';
  #isWaking = false;
  /** Events from outside in this run, those that were refused in a batch included. */
  #taken = 0;
  #unshown: View | undefined;
  /** When it came to stand in an error, as workflow time: its time there goes on in a new run. */
  #erredAt: number | undefined;
  /** The step at which it was too large for a new run. */
  #tooLargeAt: number | undefined;
  /** Asked to go on in this build, with the shapes that were judged to fit in it. */
  #move: { readonly build: string; readonly shapes: Set<string>; isAsked: boolean } | undefined;

  /** @throws DoesNotFit, which fails the task and not the workflow: it goes on when a build is deployed that it fits in. */
  constructor(machine: M, options: DurableOptions<M>, start: Start) {
    this.#machine = machine;
    this.#options = options;
    this.#start = start;
    const carry = start.carry && arrived({ machineName: machine.id, machine, options }, start.carry);
    this.#commits = new CommitQueue(carry?.waiting ?? [], (error) => this.#noted(error));
    this.#erredAt = carry?.erredAt;
    this.#operators = new OperatorsView(machine.id, options.version);
    this.#instance = new Instance(
      machine,
      {
        id: workflowInfo().workflowId,
        machine: machine.id,
        version: options.version,
        cite: options.cite ?? (() => []),
        tenant: (context) => options.tenant?.(context as never),
      },
      {
        now: () => Date.now(),
        invoke: (request, answer) => this.#invoke(request, answer),
        acted: (bug) => {
          if (bug === undefined) this.#handOver();
          this.#noted(bug);
        },
      },
      carry ? { kept: carry } : { input: start.input },
    );
    this.#inbox = new Inbox(
      this.#instance,
      {
        events: options.events,
        check: options.check,
        cite: options.cite ?? (() => []),
        waiting: () => this.#commits.waiting.length,
        taken: () => this.#handOver(),
      },
      carry?.answered ?? [],
    );
  }

  async run(): Promise<Json> {
    try {
      return await this.#live();
    } catch (error) {
      this.#alertFault(error);
      throw error;
    }
  }

  async #live(): Promise<Json> {
    // First the start: registering a handler runs the updates that wait for it at once.
    this.#instance.start();
    const from = this.#start.carry?.version ?? this.#options.version;
    if (from !== this.#options.version) {
      this.#instance.note({ kind: 'migrated', from, to: this.#options.version });
    }
    setCurrentDetails(detailsOf(this.#instance.view()));
    this.#handlers();
    void condition(() => this.#look());
    this.#wake();
    await this.#turns(() => this.#task === 'acted');
    for (;;) {
      await this.#turnUntil(() => this.#instance.snapshot.status !== 'active' || this.#wantsNewRun());
      if (this.#commits.isFenced) return { fenced: true };
      const { status } = this.#instance.snapshot;
      if (status === 'error') await this.#standInError();
      if (status === 'done' || status === 'stopped') {
        if (await this.#isOver()) return (this.#instance.view().output ?? null) as Json;
      } else if (this.#wantsNewRun()) await this.#continue();
    }
  }

  /**
   * Takes turns until it is so, until the store fences the instance, or until the time is over.
   *
   * @returns whether the time was over before
   */
  async #turnUntil(isSo: () => boolean, limit?: { readonly until: number; readonly what: string }): Promise<boolean> {
    const isEnough = () => isSo() || this.#commits.isFenced || this.#patience.rang;
    if (limit && !isEnough()) this.#patience.set(limit.until, () => limit.what);
    await this.#turns(isEnough);
    const isLate = this.#patience.rang;
    this.#patience.set(undefined, String);
    this.#patience.rang = false;
    return isLate;
  }

  /** @throws what the task is to fail with. */
  async #turns(isEnough: () => boolean): Promise<void> {
    this.#isEnough = () => this.#failure !== undefined || isEnough();
    if (!this.#isEnough()) {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
      });
    }
    this.#isEnough = () => false;
    this.#throwFailure();
  }

  /**
   * To be called after each thing that a task brings; with a failure, the task fails. A turn begins when all is known that the
   * task brings: the SDK looks at conditions after each of them and once more when all that they caused has run. What a
   * microtask sets, only that last look sees; and whatever a turn causes in the same task comes after it, in microtasks.
   */
  #noted(failure?: unknown): void {
    this.#failure ??= failure;
    if (this.#task !== 'acting' && !this.#isWaking && (this.#hasToAct() || this.#isEnough())) this.#wake();
  }

  #wake(): void {
    this.#isWaking = true;
    void settled.then(() => {
      this.#isWaking = false;
      if (this.#task === 'acted') {
        this.#act();
        // No look follows that would end the task: a rejection that nobody handles does.
        if (this.#failure !== undefined) throw this.#failure;
      } else this.#task = 'known';
    });
  }

  /**
   * The one condition of the run. A turn taken here costs the SDK no further round, so it is met only by a failure, which the
   * SDK would not see without one.
   */
  #look(): boolean {
    if (this.#task === 'known') this.#act();
    else this.#task = 'arriving';
    return this.#failure !== undefined;
  }

  #act(): void {
    this.#task = 'acting';
    try {
      this.#inOwnScope(() => {
        do this.#turn();
        while (this.#hasToAct() && this.#failure === undefined);
      });
    } catch (error) {
      this.#failure ??= error;
    }
    this.#task = 'acted';
    if (this.#isEnough()) this.#goOn();
  }

  #hasToAct(): boolean {
    return (
      this.#failure !== undefined ||
      this.#alarm.rang ||
      this.#signalled.length > 0 ||
      this.#commits.hasToAct ||
      this.#unshown !== undefined ||
      this.#instance.timers.earliest !== this.#alarm.dueAt
    );
  }

  /** Stays for as long as it is to be read; an operator may bring it back to life meanwhile. */
  async #isOver(): Promise<boolean> {
    const { status } = this.#instance.snapshot;
    const { afterDone } = this.#options.staysOpen ?? {};
    const isBack = () => this.#instance.snapshot.status !== status;
    if (status === 'done' && afterDone) {
      const until = Date.now() + msToNumber(afterDone);
      await this.#turnUntil(isBack, { until, what: 'stays open, and is over then' });
    }
    await this.#turnUntil(() => isBack() || this.#commits.isStored);
    return !isBack() && !this.#commits.isFenced;
  }

  /** Where an error is going to fail the task. */
  #alertFault(error: unknown): void {
    const isEnd = error instanceof TemporalFailure || error instanceof ContinueAsNew;
    if (isEnd || !(error instanceof Error)) return;
    this.#alert({ kind: 'fault', reason: error.message, place: placeOf(error) });
  }

  #alert(
    alarm:
      | Pick<Extract<Alarm, { kind: 'fault' }>, 'kind' | 'reason' | 'place'>
      | Pick<Extract<Alarm, { kind: 'errored' }>, 'kind' | 'reason'>,
  ): void {
    const { workflowId, workflowType } = workflowInfo();
    const state = JSON.stringify(this.#instance.snapshot.value);
    proxySinks<EngineSinks>().engine.alarm({ ...alarm, machine: workflowType, instance: workflowId, state });
  }

  /** Open and findable until an operator acts, or until its time is over: then the workflow fails, and stays so. */
  async #standInError(): Promise<void> {
    const { error } = this.#instance.view();
    const { afterError } = this.#options.staysOpen ?? {};
    const isBack = () => this.#instance.snapshot.status !== 'error';
    if (this.#erredAt === undefined) this.#alert({ kind: 'errored', reason: error?.message ?? '' });
    this.#erredAt ??= Date.now();
    const limit = afterError && {
      until: this.#erredAt + msToNumber(afterError),
      what: 'stands in an error, and fails then',
    };
    const isLate = await this.#turnUntil(() => isBack() || this.#wantsNewRun(), limit);
    if (isBack()) this.#erredAt = undefined;
    if (!isLate || isBack()) return;
    await this.#turnUntil(() => this.#commits.isStored);
    if (this.#commits.isFenced) return;
    throw ApplicationFailure.nonRetryable(error?.message ?? 'Errored', 'Errored', error);
  }

  /** Fails the task, which is tried again until a deploy mends it. A failure of Temporal's own would end the workflow. */
  #throwFailure(): void {
    if (!this.#failure) return;
    if (this.#failure instanceof TemporalFailure) throw new Error(this.#failure.message, { cause: this.#failure });
    throw this.#failure;
  }

  /** Applies what waits, then makes timer, search attributes and store follow the machine. */
  #turn(): void {
    this.#alarm.rang = false;
    this.#instance.fireDue();
    for (let envelope = this.#signalled.shift(); envelope; envelope = this.#signalled.shift()) {
      this.#taken += 1;
      this.#inbox.takeSignal(envelope);
    }
    this.#instance.fireDue();
    this.#handOver();
    if (this.#unshown) this.#operators.show(this.#unshown, leavesOf(this.#instance.snapshot));
    this.#unshown = undefined;
    this.#alarm.set(this.#instance.timers.earliest, () => timerSummary(this.#instance.view()));
    this.#commits.act();
  }

  /** Moves what the machine did into the queue for the store. */
  #handOver(): void {
    const records = this.#instance.takeRecords();
    if (records.length === 0) return;
    this.#commits.add(records);
    this.#unshown = records.at(-1)!.view;
  }

  #invoke(request: InvocationRequest, answer: (outcome: InvocationOutcome) => void): () => void {
    return invokeActivity(request, this.#options.activities?.[request.name], this.#locals, (outcome) => {
      try {
        answer(outcome);
        this.#handOver();
        this.#noted();
      } catch (error) {
        this.#noted(error);
      }
    });
  }

  /** An update's handler; a refusal that it throws, the update answers; with anything else the SDK fails the task. */
  #take<T>(events: number, take: () => T): T {
    this.#taken += events;
    try {
      return take();
    } catch (error) {
      this.#alertFault(error);
      throw error;
    } finally {
      this.#noted();
    }
  }

  // --- what the outside may ask ---------------------------------------------------------------------------------------

  #handlers(): void {
    for (const [type, spec] of Object.entries<EventSpec | undefined>(this.#options.events)) {
      if (!spec) continue;
      setHandler(
        defineUpdate<Answer, [Json]>(type),
        (payload) => {
          return this.#take(1, () => this.#inbox.take(envelopeOf(type, payload)));
        },
        { description: spec.description, validator: (payload) => this.#inbox.validate(envelopeOf(type, payload)) },
      );
    }
    setHandler(
      defineUpdate<BatchAnswer[], [Envelope[]]>(names.batch),
      (envelopes) => {
        return this.#take(envelopes.length, () => envelopes.map((envelope) => this.#inbox.takeOne(envelope)));
      },
      {
        description: 'Several events, an answer for each',
        validator: (envelopes) => this.#inbox.validateBatch(envelopes),
      },
    );
    setHandler(
      defineUpdate<Answer, [AskedOperation]>(names.operate),
      (asked) => {
        return this.#take(1, () => this.#inbox.operate(updateId(), asked));
      },
      {
        description: 'An operator’s intervention, with name and reason',
        validator: (asked) => this.#inbox.validateOperation(updateId(), asked),
      },
    );
    setHandler(defineQuery<PlanAnswer, [Operation]>(names.plan), (operation) => this.#inbox.planOne(operation), {
      description: 'What an operation would do now',
    });
    setHandler(
      defineSignal<[Envelope[]]>(names.signal),
      (envelopes) => {
        this.#signalled.push(...(Array.isArray(envelopes) ? envelopes : []));
        this.#noted();
      },
      { description: 'Events from a batch operation: nobody waits for an answer; refusals go to the audit' },
    );
    setHandler(
      defineSignal<[MoveRequest]>(names.move),
      (request) => {
        if ('stays' in request) this.#operators.stays(request.stays, this.#instance.view());
        else this.#asked(request);
        this.#noted();
      },
      { description: 'Asks the instance to go on in another build of its machine' },
    );
    setHandler(
      defineQuery<KeptAnswer>(names.kept),
      () => {
        const kept = this.#kept();
        return { ...kept, shape: shapeOf(kept) };
      },
      { description: 'The instance as it would go on in another build of its machine' },
    );
    setHandler(defineQuery<SnapshotAnswer>(names.snapshot), () => this.#describe(), {
      description: 'State, context, deadlines, activities in flight',
    });
    setHandler(defineQuery(names.timers), () => this.#instance.view().deadlines, {
      description: 'Deadlines, earliest first',
    });
    setHandler(defineQuery<NextEvent[]>(names.next), () => this.#inbox.next(), {
      description: 'Public events, the transitions that wait for them, and what their guards say now',
    });
    setHandler(defineQuery<CanAnswer, [Envelope['event']]>(names.can), (event) => this.#inbox.can(event), {
      description: 'Whether an event would be accepted now, and why not',
    });
  }

  #describe(): SnapshotAnswer {
    return {
      view: this.#instance.view(),
      sequence: this.#instance.sequence,
      version: this.#options.version,
      at: new Date(Date.now()).toISOString(),
      invocations: this.#instance.invocations,
      stored: this.#commits.isStored,
      settled: this.#isQuiet(),
    };
  }

  // --- growth -------------------------------------------------------------------------------------------------------

  /** Nothing in flight: all steps stored, no activity running, no signal waiting. */
  #isQuiet(): boolean {
    return this.#commits.isStored && this.#instance.invocations.length === 0 && this.#signalled.length === 0;
  }

  #wantsNewRun(): boolean {
    const info = workflowInfo();
    const wanted =
      this.#move?.isAsked ||
      info.continueAsNewSuggested ||
      info.historyLength >= runLimit.events ||
      this.#taken >= (this.#options.continueAfter ?? runLimit.taken);
    // While the store is far behind the run goes on: a full queue refuses events, so it does not grow without bounds.
    return wanted && this.#instance.sequence !== this.#tooLargeAt && this.#commits.weight <= carryLimit;
  }

  async #continue(): Promise<void> {
    const enough = this.#taken + drainEvents;
    const { status } = this.#instance.snapshot;
    const isAnother = () => this.#instance.snapshot.status !== status;
    const until = Date.now() + drainFor;
    await this.#turnUntil(() => this.#isQuiet() || this.#taken >= enough || isAnother(), {
      until,
      what: 'waits until all is stored, and goes on in a new run',
    });
    if (this.#commits.isFenced || isAnother() || this.#commits.weight > carryLimit) return;
    const kept = this.#kept();
    const moves = this.#move?.isAsked === true && this.#move.shapes.has(shapeOf(kept));
    // What was judged is not what it is now: whoever asked will judge and ask again.
    if (this.#move) this.#move.isAsked = false;
    if (!moves && !this.#wantsNewRun()) return;
    const build = buildOfThisTask();
    const carry: Carry = {
      ...this.#instance.keep(),
      answered: this.#inbox.answered,
      waiting: this.#commits.waiting,
      version: this.#options.version,
      ...(build === undefined ? {} : { build }),
      ...(this.#erredAt === undefined ? {} : { erredAt: this.#erredAt }),
      ...(kept.expected ? { expected: kept.expected } : {}),
    };
    const next: Start = { input: this.#start.input, carry };
    const bytes = bytesOf(JSON.stringify(next));
    if (bytes > payloadLimit) return this.#stay(bytes);
    proxySinks<EngineSinks>().engine.reached('continue-as-new');
    if (!moves) return await continueAsNew<Run>(next);
    await makeContinueAsNewFunc<Run>({ initialVersioningBehavior: 'AUTO_UPGRADE' })(next);
  }

  /** A payload that is too large would fail every task: the run goes on, and tries again after its next step. */
  #stay(bytes: number): void {
    if (this.#tooLargeAt === undefined) {
      const reason = `too large for a new run: ${bytes} bytes of ${payloadLimit}; make its context smaller`;
      this.#alert({ kind: 'fault', reason, place: 'continue-as-new' });
    }
    this.#tooLargeAt = this.#instance.sequence;
  }

  /** Verdicts add up: a busy instance is seldom twice in the same state, and soon it is in one that was judged before. */
  #asked({ build, shape }: { readonly build: string; readonly shape: string }): void {
    if (this.#move?.build !== build) this.#move = { build, shapes: new Set(), isAsked: true };
    this.#move.shapes.add(shape);
    this.#move.isAsked = true;
  }

  #kept(): KeptInstance {
    const { snapshot, timers } = this.#instance.keep();
    const persisted = snapshot as unknown as PersistedSnapshot;
    const expected = expectedBy(this.#machine, persisted);
    return { version: this.#options.version, snapshot: persisted, timers, expected };
  }
}

type Run = (start: Start) => Promise<Json>;

/** One for all: the SDK notes a stack for each promise that is made. */
const settled = Promise.resolve();

/** The build that this worker runs, where workers have builds. */
function buildOfThisTask(): string | undefined {
  return workflowInfo().currentDeploymentVersion?.buildId;
}

/** What an earlier run carried: as it is from the same build, else taken over, also when the version says that nothing changed. */
function arrived(definition: Definition, carry: Carry): Carry {
  if (carry.version === definition.options.version && carry.build === buildOfThisTask()) return carry;
  const kept = { ...carry, snapshot: carry.snapshot as unknown as PersistedSnapshot };
  const { snapshot, timers } = takeOver(definition, kept);
  return { ...carry, snapshot: snapshot as unknown as Json, timers };
}

function envelopeOf(type: string, payload: Json): Envelope {
  const fields = isRecord(payload) ? payload : {};
  return { id: updateId(), event: { ...fields, type } };
}

function updateId(): string {
  const id = currentUpdateInfo()?.id;
  if (id === undefined) throw new Error('An event arrived outside an update');
  return id;
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Where a machine threw: the topmost frame that is not XState's or Temporal's. */
function placeOf({ cause, stack = '' }: Error): string {
  const inner = cause instanceof Error ? (cause.stack ?? '') : '';
  const frames = `${inner}\n${stack}`.split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.find((line) => !line.includes('node_modules')) ?? frames[0] ?? 'unknown';
  return own
    .trim()
    .replace(/^at /, '')
    .replaceAll(/\(.*\/(?=[^/]+\/[^/]+$)/g, '(');
}
