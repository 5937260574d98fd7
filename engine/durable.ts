/**
 * Runs a machine as a Temporal workflow. Sandbox half of the engine: everything here is replayed.
 *
 * Order of things in one workflow task: updates apply in their handlers, one macrostep each, and answer at once; signals
 * only enqueue; one loop applies signals, fires deadlines and decides when to continue as new; another hands the steps to
 * the store, one remote activity at a time. (Signals and updates applied where they arrive would take another order in
 * replay than live.)
 */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  TemporalFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  proxySinks,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Sinks } from '@temporalio/workflow';
import type { AnyEventObject, AnyStateMachine } from 'xstate';
import type { Definition, DurableOptions, EventSpec } from './definition.ts';
import {
  AlreadyEnded,
  EngineUnavailable,
  EventIdReused,
  EventRefused,
  MachineFault,
  MalformedEvent,
} from './errors.ts';
import type { MachineError } from './errors.ts';
import { Instance } from './instance.ts';
import type { InvocationOutcome, InvocationRequest } from './instance.ts';
import type { InvocationError, Json } from './machine.ts';
import { alreadyAnswered, dedupeWindow, digestOf, names, queueLimit } from './protocol.ts';
import type { Answer, BatchAnswer, Carry, Envelope, NextEvent, SnapshotAnswer, Start } from './protocol.ts';
import { attributesOf } from './search-attributes.ts';
import type { CommitOutcome, CommitRecord, View } from './store.ts';
import { leavesOf } from './view.ts';

/** At most this many steps, and about this many characters, go to the store in one activity. */
const batchLimit = { records: 100, characters: 500_000 };

/** Continue as new before this many updates, though the server would allow 2,000; {@link DurableOptions.continueAfter}. */
const updateLimit = 1500;

/** A run hands over at most this many characters of unstored steps: what starts a run is one payload, and has a limit. */
const carryLimit = 500_000;

/** How long continue-as-new waits for the store and for running activities before it carries them along. */
const drainFor = '10 seconds';

interface EngineSinks extends Sinks {
  engine: { reached(point: string): void };
}

/** A workflow function that also is the definition its clients use. */
export type DurableMachine<M extends AnyStateMachine> = Definition<M> & ((start: Start) => Promise<Json>);

/**
 * Makes a machine durable. Export the result under the machine's id from the module that is bundled for the worker.
 *
 * @throws Error when an event of the table has no transition in the machine, or the machine has no id.
 */
export function durable<M extends AnyStateMachine>(machine: M, options: DurableOptions<M>): DurableMachine<M> {
  const taken = new Set<string>(machine.events);
  for (const type of Object.keys(options.events)) {
    if (!taken.has(type) && ![...taken].some((one) => one.endsWith('*') && type.startsWith(one.slice(0, -1)))) {
      throw new Error(`'${machine.id}' declares the public event '${type}', but no state of it takes one`);
    }
  }
  // A contract ends by its machine alone: a cancellation asked for in Temporal's UI does not reach it.
  const run = async (start: Start): Promise<Json> =>
    await CancellationScope.nonCancellable(() => new Host(machine, options, start).run());
  return Object.assign(run, { machineName: machine.id, machine, options });
}

/** The answers an instance remembers, oldest first. */
class Answers {
  readonly #known: Map<string, Answer>;
  constructor(known: readonly (readonly [string, Answer])[]) {
    this.#known = new Map(known);
  }
  get(id: string): Answer | undefined {
    return this.#known.get(id);
  }
  set(id: string, answer: Answer): void {
    this.#known.set(id, answer);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= dedupeWindow) break;
      this.#known.delete(oldest);
    }
  }
  entries(): [string, Answer][] {
    return [...this.#known];
  }
}

class Host<M extends AnyStateMachine> {
  readonly #options: DurableOptions<M>;
  readonly #instance: Instance;
  readonly #answers: Answers;
  readonly #queue: CommitRecord[];
  readonly #inbox: Envelope[] = [];
  #storing = false;
  #fenced = false;
  #failure: unknown;
  #updates = 0;
  #timer: { dueAt: number; scope: CancellationScope } | undefined;
  #timerFired = false;
  #attributes = '';
  #unshown: View | undefined;
  readonly #start: Start;
  readonly #machineName: string;

  constructor(machine: M, options: DurableOptions<M>, start: Start) {
    this.#options = options;
    this.#start = start;
    this.#machineName = machine.id;
    const { workflowId } = workflowInfo();
    const carry = start.carry;
    this.#answers = new Answers(carry?.answered ?? []);
    this.#queue = [...(carry?.waiting ?? [])];
    this.#instance = new Instance(
      machine,
      {
        id: workflowId,
        machine: machine.id,
        version: options.version,
        cite: options.cite ?? (() => []),
        tenant: (context) => options.tenant?.(context as never),
      },
      { now: () => Date.now(), invoke: (request, answer) => this.#invoke(request, answer) },
      carry ? { kept: carry } : { input: start.input },
    );
  }

  async run(): Promise<Json> {
    // First the start: registering a handler runs the updates that wait for it at once.
    this.#instance.start();
    setCurrentDetails(detailsOf(this.#instance.view()));
    this.#handlers();
    void this.#pump().catch((error: unknown) => {
      this.#failure ??= error;
    });
    for (;;) {
      this.#advance();
      this.#throwFailure();
      if (this.#fenced) return { fenced: true };
      if (this.#instance.snapshot.status === 'done') {
        await condition(() => this.#stored || this.#fenced || this.#failure !== undefined);
        this.#throwFailure();
        await condition(allHandlersFinished);
        return (this.#instance.view().output ?? null) as Json;
      }
      if (this.#wantsNewRun()) await this.#continue();
      await condition(
        () =>
          this.#failure !== undefined || this.#fenced || this.#timerFired || this.#inbox.length > 0 || this.#stale(),
      );
    }
  }

  /** Fails the task, which is tried again until a deploy mends it. A failure of Temporal's own would end the workflow. */
  #throwFailure(): void {
    if (!this.#failure) return;
    if (this.#failure instanceof TemporalFailure) throw new Error(this.#failure.message, { cause: this.#failure });
    throw this.#failure;
  }

  get #stored(): boolean {
    return this.#queue.length === 0 && !this.#storing;
  }

  /** Something happened since the loop last looked: an update or an answer moved the machine. */
  #stale(): boolean {
    return (
      this.#unshown !== undefined ||
      this.#instance.snapshot.status === 'done' ||
      this.#instance.timers.earliest !== this.#timer?.dueAt ||
      this.#wantsNewRun()
    );
  }

  /** Applies what waits, then makes timer, search attributes and store follow the machine. */
  #advance(): void {
    this.#timerFired = false;
    this.#instance.fireDue();
    for (let envelope = this.#inbox.shift(); envelope; envelope = this.#inbox.shift()) this.#applySignal(envelope);
    this.#instance.fireDue();
    this.#handOver();
    if (this.#unshown) this.#show(this.#unshown);
    this.#arm();
  }

  // --- events -------------------------------------------------------------------------------------------------------

  #handlers(): void {
    for (const [type, spec] of Object.entries<EventSpec | undefined>(this.#options.events)) {
      if (!spec) continue;
      setHandler(
        defineUpdate<Answer, [Json]>(type),
        (payload) => {
          this.#updates += 1;
          return this.#apply(this.#envelope(type, payload));
        },
        { description: spec.description, validator: (payload) => this.#validate(this.#envelope(type, payload)) },
      );
    }
    setHandler(
      defineUpdate<BatchAnswer[], [Envelope[]]>(names.batch),
      (envelopes) => {
        this.#updates += 1;
        return envelopes.map((envelope) => this.#applyOne(envelope));
      },
      { description: 'Several events, an answer for each', validator: (envelopes) => this.#validateBatch(envelopes) },
    );
    setHandler(
      defineSignal<[Envelope[]]>(names.signal),
      (envelopes) => {
        this.#inbox.push(...(Array.isArray(envelopes) ? envelopes : []));
      },
      { description: 'Events from a batch operation: nobody waits for an answer; refusals go to the audit' },
    );
    setHandler(defineQuery<SnapshotAnswer>(names.snapshot), () => this.#describe(), {
      description: 'State, context, deadlines, activities in flight',
    });
    setHandler(defineQuery(names.timers), () => this.#instance.view().deadlines, {
      description: 'Deadlines, earliest first',
    });
    setHandler(defineQuery<NextEvent[]>(names.next), () => this.#next(), {
      description: 'Public events and whether they would be accepted now',
    });
  }

  #envelope(type: string, payload: Json): Envelope {
    const id = currentUpdateInfo()?.id;
    if (id === undefined) throw new Error('An event arrived outside an update');
    const fields = isRecord(payload) ? payload : {};
    return { id, event: { ...fields, type } };
  }

  #validateBatch(envelopes: readonly Envelope[]): void {
    if (this.#queue.length >= queueLimit) throw wire(new EngineUnavailable({ waiting: this.#queue.length }));
    for (const [index, one] of envelopes.entries()) {
      if (typeof one?.id !== 'string' || typeof one.event?.type !== 'string') {
        const issues = [{ path: `/${index}`, message: 'needs an id and an event with a type' }];
        throw wire(new MalformedEvent({ event: names.batch, issues }));
      }
    }
  }

  /** Read-only: throwing here leaves no trace in the history. */
  #validate({ id, event }: Envelope): void {
    const known = this.#answers.get(id);
    if (known) {
      if (known.digest !== digestOf(event)) throw wire(new EventIdReused({ id, event: event.type }));
      throw ApplicationFailure.nonRetryable('answered before', alreadyAnswered, known);
    }
    if (this.#queue.length >= queueLimit) throw wire(new EngineUnavailable({ waiting: this.#queue.length }));
    this.#checkForm(event);
    // A deadline that has passed takes effect before the event does: only then is it known what the event meets.
    if ((this.#instance.timers.earliest ?? Infinity) > Date.now()) this.#checkTaken(event);
  }

  #checkForm(event: Envelope['event']): void {
    const spec = (this.#options.events as Readonly<Record<string, EventSpec | undefined>>)[event.type];
    if (!spec) throw wire(this.#refused(event.type));
    const { type, ...payload } = event;
    const issues = this.#options.check(spec.schema, payload);
    if (issues.length > 0) throw wire(new MalformedEvent({ event: type, issues }));
  }

  #checkTaken(event: Envelope['event']): void {
    const { snapshot } = this.#instance;
    if (snapshot.status !== 'active') {
      throw wire(new AlreadyEnded({ id: workflowInfo().workflowId, state: snapshot.value }));
    }
    let fault: unknown;
    try {
      if (!this.#instance.can(event)) throw wire(this.#refused(event.type));
      fault = this.#instance.trial(event);
    } catch (error) {
      if (error instanceof ApplicationFailure) throw error;
      fault = error;
    }
    if (fault === undefined) return;
    const reason = fault instanceof Error ? `${fault.name}: ${fault.message}` : JSON.stringify(fault);
    throw wire(new MachineFault({ event: event.type, state: snapshot.value, reason }));
  }

  #refused(event: string): EventRefused {
    const { snapshot } = this.#instance;
    return new EventRefused({ event, state: snapshot.value, accepted: this.#accepted() });
  }

  /** Public event types with a transition from here; guards that look at a payload are not asked. */
  #accepted(): string[] {
    if (this.#instance.snapshot.status !== 'active') return [];
    const taken = new Set(this.#instance.snapshot._nodes.flatMap((node): string[] => node.ownEvents));
    return Object.keys(this.#options.events).filter((type) => taken.has(type));
  }

  #next(): NextEvent[] {
    const accepted = new Set(this.#accepted());
    return Object.entries<EventSpec | undefined>(this.#options.events).map(([type, spec]) => ({
      type,
      description: spec?.description ?? '',
      accepted: accepted.has(type),
    }));
  }

  /** Takes one event that the validator let through, after the deadlines before it. */
  #apply({ id, event }: Envelope): Answer {
    this.#instance.fireDue();
    this.#checkTaken(event);
    const before = this.#instance.sequence;
    this.#instance.send(event as AnyEventObject, {
      kind: 'event',
      type: event.type,
      id,
      ...(typeof event['by'] === 'string' ? { by: event['by'] } : {}),
    });
    this.#handOver();
    const { sequence, snapshot } = this.#instance;
    const answer: Answer = {
      sequence,
      state: snapshot.value as Json,
      words: this.#instance.words(),
      tags: [...snapshot.tags].toSorted(),
      outcome: sequence > before ? 'applied' : 'unchanged',
      digest: digestOf(event),
    };
    this.#answers.set(id, answer);
    return answer;
  }

  #applyOne(envelope: Envelope): BatchAnswer {
    try {
      const known = this.#answers.get(envelope.id);
      if (known?.digest === digestOf(envelope.event)) return known;
      this.#validate(envelope);
      return this.#apply(envelope);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      return { refused: error.type ?? 'Unknown', data: (error.details?.[0] ?? null) as Json };
    }
  }

  #applySignal(envelope: Envelope): void {
    if (typeof envelope?.id !== 'string' || typeof envelope.event?.type !== 'string') return;
    const answer = this.#applyOne(envelope);
    if (!('refused' in answer)) return;
    this.#instance.note({ kind: 'refused', type: envelope.event.type, id: envelope.id, code: answer.refused });
  }

  // --- activities ---------------------------------------------------------------------------------------------------

  #invoke(request: InvocationRequest, answer: (outcome: InvocationOutcome) => void): () => void {
    const bounds = this.#options.activities?.[request.name];
    const common = {
      startToCloseTimeout: `${bounds?.startToCloseSeconds ?? 10} seconds`,
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
      summary: `${request.name} for ${request.path || 'the root'}`,
    } as const;
    const heartbeat = bounds?.heartbeatSeconds
      ? { heartbeatTimeout: `${bounds.heartbeatSeconds} seconds` as const }
      : {};
    const proxy = request.local ? proxyLocalActivities(common) : proxyActivities({ ...common, ...heartbeat });
    const scope = ownScope();
    const settle = (outcome: InvocationOutcome) => {
      try {
        answer(outcome);
        this.#handOver();
      } catch (error) {
        this.#failure ??= error;
      }
    };
    scope
      .run(() => proxy[request.name]!(request.input, { key: request.key, at: new Date(Date.now()).toISOString() }))
      .then(
        (output: unknown) => settle({ done: output }),
        (error: unknown) => {
          if (!isCancellation(error)) settle({ failed: failureOf(error) });
        },
      );
    return () => scope.cancel();
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  /** One Temporal timer, at the earliest deadline, named by what waits for it. */
  #arm(): void {
    const dueAt = this.#instance.timers.earliest;
    if (dueAt === this.#timer?.dueAt) return;
    this.#timer?.scope.cancel();
    this.#timer = undefined;
    if (dueAt === undefined) return;
    const scope = ownScope();
    const timer = { dueAt, scope };
    this.#timer = timer;
    const first = this.#instance.view().deadlines[0];
    const cited = first && first.references.length > 0 ? ` [${first.references.join(', ')}]` : '';
    scope
      .run(() => sleep(Math.max(1, dueAt - Date.now()), { summary: `${first?.label} at ${first?.at}${cited}` }))
      .then(
        () => {
          if (this.#timer !== timer) return;
          this.#timer = undefined;
          this.#timerFired = true;
        },
        (error: unknown) => {
          if (!isCancellation(error)) this.#failure ??= error;
        },
      );
  }

  // --- the store ----------------------------------------------------------------------------------------------------

  /** Moves what the machine did into the queue for the store. */
  #handOver(): void {
    const records = this.#instance.takeRecords();
    if (records.length === 0) return;
    this.#queue.push(...records);
    this.#unshown = records.at(-1)!.view;
  }

  /** Shows operators the state; once for all steps of a task, because each upsert is an event of the history. */
  #show(view: View): void {
    this.#unshown = undefined;
    const attributes = attributesOf(this.#machineName, this.#options.version, view, leavesOf(this.#instance.snapshot));
    const text = JSON.stringify(attributes);
    if (text !== this.#attributes) {
      this.#attributes = text;
      upsertSearchAttributes(attributes);
    }
    setCurrentDetails(detailsOf(view));
  }

  /** One remote activity at a time, with all that waits: exactly once in the store, however often it runs. */
  async #pump(): Promise<void> {
    for (;;) {
      await condition(() => this.#queue.length > 0);
      const batch: CommitRecord[] = [];
      let characters = 0;
      for (const record of this.#queue) {
        characters += JSON.stringify(record).length;
        if (batch.length > 0 && (batch.length >= batchLimit.records || characters > batchLimit.characters)) break;
        batch.push(record);
      }
      this.#storing = true;
      const outcome = await this.#commit(batch);
      this.#storing = false;
      if ('fenced' in outcome) {
        this.#queue.length = 0;
        this.#fenced = true;
        return;
      }
      this.#queue.splice(0, batch.length);
    }
  }

  async #commit(batch: readonly CommitRecord[]): Promise<CommitOutcome> {
    const first = batch[0]!.sequence;
    const last = batch.at(-1)!.sequence;
    const store = proxyActivities<{ commit(records: readonly CommitRecord[]): Promise<CommitOutcome> }>({
      startToCloseTimeout: '10 seconds',
      cancellationType: ActivityCancellationType.ABANDON,
      retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
      summary: `commit ${first === last ? first : `${first}–${last}`}: ${batch.at(-1)!.view.words}`,
    });
    // Not cancellable: what happened is stored even when the workflow is asked to stop.
    return await CancellationScope.nonCancellable(() => store.commit(batch));
  }

  // --- growth -------------------------------------------------------------------------------------------------------

  #wantsNewRun(): boolean {
    const info = workflowInfo();
    const limit = this.#options.continueAfter ?? updateLimit;
    const wanted = info.continueAsNewSuggested || info.targetWorkerDeploymentVersionChanged || this.#updates >= limit;
    // While the store is far behind the run goes on: a full queue refuses events, so it does not grow without bounds.
    return wanted && weightOf(this.#queue) <= carryLimit;
  }

  async #continue(): Promise<void> {
    const quiet = () => this.#stored && this.#instance.invocations.length === 0 && this.#inbox.length === 0;
    await condition(() => quiet() || this.#failure !== undefined || this.#fenced, drainFor);
    await condition(allHandlersFinished);
    this.#advance();
    if (this.#failure || this.#fenced || this.#instance.snapshot.status === 'done') return;
    if (weightOf(this.#queue) > carryLimit) return;
    const carry: Carry = {
      ...this.#instance.keep(),
      answered: this.#answers.entries(),
      waiting: this.#queue,
      version: this.#options.version,
    };
    proxySinks<EngineSinks>().engine.reached('continue-as-new');
    await continueAsNew<(start: Start) => Promise<Json>>({ input: this.#start.input, carry });
  }

  #describe(): SnapshotAnswer {
    return {
      view: this.#instance.view(),
      sequence: this.#instance.sequence,
      version: this.#options.version,
      at: new Date(Date.now()).toISOString(),
      invocations: this.#instance.invocations,
      stored: this.#stored,
      settled: this.#stored && this.#instance.invocations.length === 0 && this.#inbox.length === 0,
    };
  }
}

/** A scope that only its owner cancels, wherever it is made: handlers run under the workflow's own. */
function ownScope(): CancellationScope {
  return new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** An engine error as it travels; see `errorOf`. */
function wire(error: MachineError): ApplicationFailure {
  return ApplicationFailure.nonRetryable(error.message, error.code, error.data);
}

/** Keeps what tells failures apart; XState would otherwise see an opaque ActivityFailure. */
function failureOf(error: unknown): InvocationError {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  if (cause instanceof ApplicationFailure) {
    return {
      name: cause.name,
      message: cause.message,
      ...(cause.type ? { type: cause.type } : {}),
      ...(cause.details ? { details: cause.details as Json[] } : {}),
    };
  }
  return cause instanceof Error
    ? { name: cause.name, message: cause.message }
    : { name: 'Error', message: String(cause) };
}

function weightOf(records: readonly CommitRecord[]): number {
  return records.reduce((sum, record) => sum + JSON.stringify(record).length, 0);
}

/** What the Temporal UI shows as current details (Markdown). */
function detailsOf(view: View): string {
  const cited = view.references.length > 0 ? ` [${view.references.join(', ')}]` : '';
  const waits = view.deadlines.map(
    ({ at, label, references }) =>
      `- until **${at}**: ${label}${references.length > 0 ? ` [${references.join(', ')}]` : ''}`,
  );
  return [`**${view.words}**${cited}`, ...(waits.length > 0 ? ['', 'Waits:', '', ...waits] : [])].join('\n');
}
