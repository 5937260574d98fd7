/**
 * One instance as a Temporal workflow. Sandbox half of the engine: everything here is replayed.
 *
 * Order of things in one workflow task: updates apply in their handlers, one macrostep each, and answer at once; signals
 * only enqueue; one loop applies signals, fires deadlines and decides when to continue as new; another hands the steps to
 * the store, one remote activity at a time. (Signals and updates applied where they arrive would take another order in
 * replay than live.)
 */
import {
  TemporalFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxySinks,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Sinks } from '@temporalio/workflow';
import type { AnyStateMachine } from 'xstate';
import { AlarmClock } from './alarm-clock.ts';
import { CommitQueue } from './commit-queue.ts';
import type { DurableOptions, EventSpec } from './definition.ts';
import { Inbox } from './inbox.ts';
import { Instance } from './instance.ts';
import type { InvocationOutcome, InvocationRequest } from './instance.ts';
import { invokeActivity } from './invocations.ts';
import type { Json } from './machine.ts';
import { OperatorsView, detailsOf, timerSummary } from './operators-view.ts';
import { names } from './protocol.ts';
import type { Answer, BatchAnswer, CanAnswer, Carry, Envelope, NextEvent, SnapshotAnswer, Start } from './protocol.ts';
import type { View } from './store.ts';
import { leavesOf } from './view.ts';

/**
 * Continue as new before this many events taken, and before a history of this many events, though the server would allow
 * 2,000 updates and 51,200 events: a task has 10 s, and whoever takes over from a worker that died has to replay the whole
 * run in it, at about a millisecond an event, along with all the other runs of that worker. What counts is events from
 * outside, of which one update may bring a hundred. {@link DurableOptions.continueAfter}.
 */
const runLimit = { taken: 1500, events: 1000 };

/** A run hands over at most this many characters of unstored steps: what starts a run is one payload, and has a limit. */
const carryLimit = 500_000;

/** How long continue-as-new waits for the store and for running activities before it carries them along. */
const drainFor = '10 seconds';

/** An instance that takes this many events meanwhile is never quiet: it carries along what is left. */
const drainEvents = 100;

interface EngineSinks extends Sinks {
  engine: { reached(point: string): void };
}

export class Host<M extends AnyStateMachine> {
  readonly #options: DurableOptions<M>;
  readonly #start: Start;
  readonly #instance: Instance;
  readonly #inbox: Inbox;
  readonly #commits: CommitQueue;
  readonly #operators: OperatorsView;
  readonly #alarm = new AlarmClock((error) => this.#fail(error));
  readonly #signalled: Envelope[] = [];
  #failure: unknown;
  /** Events from outside in this run, those that were refused in a batch included. */
  #taken = 0;
  #unshown: View | undefined;

  constructor(machine: M, options: DurableOptions<M>, start: Start) {
    this.#options = options;
    this.#start = start;
    const { carry } = start;
    this.#commits = new CommitQueue(carry?.waiting ?? []);
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
        acted: (bug) => (bug === undefined ? this.#handOver() : this.#fail(bug)),
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
    // First the start: registering a handler runs the updates that wait for it at once.
    this.#instance.start();
    setCurrentDetails(detailsOf(this.#instance.view()));
    this.#handlers();
    void this.#commits.pump().catch((error: unknown) => this.#fail(error));
    for (;;) {
      this.#advance();
      this.#throwFailure();
      if (this.#commits.isFenced) return { fenced: true };
      if (this.#instance.snapshot.status === 'done') {
        await condition(() => this.#commits.isStored || this.#commits.isFenced || this.#failure !== undefined);
        this.#throwFailure();
        await condition(allHandlersFinished);
        return (this.#instance.view().output ?? null) as Json;
      }
      if (this.#wantsNewRun()) await this.#continue();
      await condition(
        () =>
          this.#failure !== undefined ||
          this.#commits.isFenced ||
          this.#alarm.rang ||
          this.#signalled.length > 0 ||
          this.#isStale(),
      );
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Fails the task, which is tried again until a deploy mends it. A failure of Temporal's own would end the workflow. */
  #throwFailure(): void {
    if (!this.#failure) return;
    if (this.#failure instanceof TemporalFailure) throw new Error(this.#failure.message, { cause: this.#failure });
    throw this.#failure;
  }

  /** Something happened since the loop last looked: an update or an answer moved the machine. */
  #isStale(): boolean {
    return (
      this.#unshown !== undefined ||
      this.#instance.snapshot.status === 'done' ||
      this.#instance.timers.earliest !== this.#alarm.dueAt ||
      this.#wantsNewRun()
    );
  }

  /** Applies what waits, then makes timer, search attributes and store follow the machine. */
  #advance(): void {
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
  }

  /** Moves what the machine did into the queue for the store. */
  #handOver(): void {
    const records = this.#instance.takeRecords();
    if (records.length === 0) return;
    this.#commits.add(records);
    this.#unshown = records.at(-1)!.view;
  }

  #invoke(request: InvocationRequest, answer: (outcome: InvocationOutcome) => void): () => void {
    return invokeActivity(request, this.#options.activities?.[request.name], (outcome) => {
      try {
        answer(outcome);
        this.#handOver();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  // --- what the outside may ask ---------------------------------------------------------------------------------------

  #handlers(): void {
    for (const [type, spec] of Object.entries<EventSpec | undefined>(this.#options.events)) {
      if (!spec) continue;
      setHandler(
        defineUpdate<Answer, [Json]>(type),
        (payload) => {
          this.#taken += 1;
          return this.#inbox.take(envelopeOf(type, payload));
        },
        { description: spec.description, validator: (payload) => this.#inbox.validate(envelopeOf(type, payload)) },
      );
    }
    setHandler(
      defineUpdate<BatchAnswer[], [Envelope[]]>(names.batch),
      (envelopes) => {
        this.#taken += envelopes.length;
        return envelopes.map((envelope) => this.#inbox.takeOne(envelope));
      },
      {
        description: 'Several events, an answer for each',
        validator: (envelopes) => this.#inbox.validateBatch(envelopes),
      },
    );
    setHandler(
      defineSignal<[Envelope[]]>(names.signal),
      (envelopes) => {
        this.#signalled.push(...(Array.isArray(envelopes) ? envelopes : []));
      },
      { description: 'Events from a batch operation: nobody waits for an answer; refusals go to the audit' },
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
      info.continueAsNewSuggested ||
      info.targetWorkerDeploymentVersionChanged ||
      info.historyLength >= runLimit.events ||
      this.#taken >= (this.#options.continueAfter ?? runLimit.taken);
    // While the store is far behind the run goes on: a full queue refuses events, so it does not grow without bounds.
    return wanted && this.#commits.weight <= carryLimit;
  }

  async #continue(): Promise<void> {
    const enough = this.#taken + drainEvents;
    await condition(
      () => this.#isQuiet() || this.#taken >= enough || this.#failure !== undefined || this.#commits.isFenced,
      drainFor,
    );
    await condition(allHandlersFinished);
    this.#advance();
    if (this.#failure || this.#commits.isFenced || this.#instance.snapshot.status === 'done') return;
    if (this.#commits.weight > carryLimit) return;
    const carry: Carry = {
      ...this.#instance.keep(),
      answered: this.#inbox.answered,
      waiting: this.#commits.waiting,
      version: this.#options.version,
    };
    proxySinks<EngineSinks>().engine.reached('continue-as-new');
    await continueAsNew<(start: Start) => Promise<Json>>({ input: this.#start.input, carry });
  }
}

function envelopeOf(type: string, payload: Json): Envelope {
  const id = currentUpdateInfo()?.id;
  if (id === undefined) throw new Error('An event arrived outside an update');
  const fields = isRecord(payload) ? payload : {};
  return { id, event: { ...fields, type } };
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
