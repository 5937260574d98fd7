/**
 * Events from outside: refused before anything is written, taken once by their id, answered with the state they led to.
 * Sandbox half.
 */
import { ApplicationFailure, getRandomStream, workflowInfo } from '@temporalio/workflow';
import type { AnyEventObject } from 'xstate';
import type { EventSpec, JsonSchema } from './definition.ts';
import {
  AlreadyEnded,
  EngineUnavailable,
  EventIdReused,
  EventRefused,
  MachineFault,
  MalformedEvent,
  OperationRefused,
} from './errors.ts';
import type { Issue, MachineError } from './errors.ts';
import type { Instance } from './instance.ts';
import type { Json } from './machine.ts';
import { nextEvents } from './next-events.ts';
import type { Operation, Plan } from './operation.ts';
import { operate, plan } from './operator.ts';
import { bytesOf } from './plain-data.ts';
import {
  alreadyAnswered,
  answersLimit,
  canonical,
  dedupeWindow,
  digestOf,
  digestOfOperation,
  eventLimit,
  hashOf,
  names,
  queueLimit,
} from './protocol.ts';
import { wordsOf } from './view.ts';
import type { Answer, AskedOperation, BatchAnswer, CanAnswer, Envelope, NextEvent, PlanAnswer } from './protocol.ts';

/** What the inbox needs to know of the machine and of its host. */
export interface InboxOptions {
  readonly events: { readonly [type: string]: EventSpec | undefined };
  readonly check: (schema: JsonSchema, payload: unknown) => readonly Issue[];
  /** What a state's meta refers to. */
  readonly cite: (meta: unknown) => readonly string[];
  /** Steps that wait for the store: when they are too many, no more events are taken. */
  readonly waiting: () => number;
  /** An event was taken: what the machine did is to be handed over. */
  readonly taken: () => void;
}

/** Takes events from outside: each once by its id, none that the machine would refuse. */
export class Inbox {
  readonly #instance: Instance;
  readonly #options: InboxOptions;
  readonly #answers: Map<string, Answer>;
  /** The event that the validator just found right, before any deadline, and the state in which it did. */
  #tried: { readonly id: string; readonly digest: string; readonly snapshot: unknown } | undefined;

  /** Chance for what is only tried or asked, which a replay leaves out: the machine's own numbers stay the same. */
  readonly #aside = getRandomStream('engine.aside');

  /** @param answered answers that earlier runs gave, oldest first */
  constructor(instance: Instance, options: InboxOptions, answered: readonly (readonly [string, Answer])[]) {
    this.#instance = instance;
    this.#options = options;
    this.#answers = new Map(answered);
  }

  /** The answers it remembers, oldest first: as many of the latest as a new run can be given. */
  get answered(): [string, Answer][] {
    const all = [...this.#answers];
    let bytes = 0;
    const first = all.findLastIndex((one) => (bytes += bytesOf(JSON.stringify(one))) > answersLimit);
    return all.slice(first + 1);
  }

  /** For an update's validator: throwing leaves no trace in the history. */
  validate({ id, event }: Envelope): void {
    this.#checkKnown(id, () => digestOf(event), event.type);
    this.#checkRoom();
    const digest = this.#checkForm(event);
    // A deadline that has passed takes effect before the event does: only then is it known what the event meets.
    if ((this.#instance.timers.earliest ?? Infinity) <= Date.now()) return;
    this.#checkTaken(event);
    this.#tried = { id, digest, snapshot: this.#instance.snapshot };
  }

  /**
   * As {@link validate}, for several: what is wrong with the call itself. Each event has its own answer; where every one
   * of them was taken before or would be refused, the answers are given without a trace.
   */
  validateBatch(envelopes: readonly Envelope[]): void {
    for (const [index, one] of envelopes.entries()) {
      if (typeof one?.id !== 'string' || typeof one.event?.type !== 'string') {
        const issues = [{ path: `/${index}`, message: 'needs an id and an event with a type' }];
        throw wire(new MalformedEvent({ event: names.batch, issues }));
      }
    }
    if ((this.#instance.timers.earliest ?? Infinity) <= Date.now()) return this.#checkRoom();
    const answers: BatchAnswer[] = [];
    for (const envelope of envelopes) {
      const answer = this.#settled(envelope);
      // The first that would be taken changes what those after it meet.
      if (!answer) return;
      answers.push(answer);
    }
    throw ApplicationFailure.nonRetryable('nothing would come of it', alreadyAnswered, answers);
  }

  /** The answer to an event that was taken before or would be refused now. */
  #settled(envelope: Envelope): BatchAnswer | undefined {
    try {
      const known = this.#answers.get(envelope.id);
      if (known && known.digest === digestOf(envelope.event)) return known;
      this.validate(envelope);
      return undefined;
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** Takes one event that the validator let through, after the deadlines before it. */
  take({ id, event }: Envelope): Answer {
    const tried = this.#tried?.id === id && this.#tried.snapshot === this.#instance.snapshot ? this.#tried : undefined;
    this.#tried = undefined;
    if (!tried) {
      // In a replay no validator runs, so that it is tried here; the verdict is the same, since guards are pure.
      this.#instance.fireDue();
      this.#checkTaken(event);
    }
    const digest = tried?.digest ?? digestOf(event);
    const before = this.#instance.sequence;
    this.#instance.send(event as AnyEventObject, {
      kind: 'event',
      type: event.type,
      id,
      digest,
      ...(typeof event['by'] === 'string' ? { by: event['by'] } : {}),
    });
    return this.#answer(id, digest, before);
  }

  /** For an update's validator, as {@link validate}: an operation that fails does so on a copy. */
  validateOperation(id: string, asked: AskedOperation): void {
    this.#checkKnown(id, () => digestOfOperation(asked), names.operate);
    const form = formOf(asked);
    if (form.length > 0) throw wire(new MalformedEvent({ event: names.operate, issues: form }));
    this.#checkRoom();
    const { operation, sequence } = asked;
    if (sequence !== this.#instance.sequence) {
      const why = `it was planned at step ${sequence}, and the instance is at step ${this.#instance.sequence}: plan again`;
      throw wire(new OperationRefused({ operation: operation.kind, why }));
    }
    this.plan(operation);
  }

  /** What the operation would do. Throws as it would. */
  plan(operation: Operation): Plan {
    try {
      return this.#aside.with(() => plan(this.#instance, operation, () => Date.now()));
    } catch (error) {
      if (error instanceof OperationRefused) throw wire(error);
      throw wire(this.#fault(operation.kind, error));
    }
  }

  /** As {@link plan}, for a query: a query that throws loses what its error carries. */
  planOne(operation: Operation): PlanAnswer {
    try {
      return this.plan(operation);
    } catch (error) {
      return refusalOf(error);
    }
  }

  operate(id: string, asked: AskedOperation): Answer {
    const before = this.#instance.sequence;
    operate(this.#instance, asked.operation, { ...asked, id });
    return this.#answer(id, digestOfOperation(asked), before);
  }

  #answer(id: string, digest: string, before: number): Answer {
    this.#options.taken();
    const { sequence } = this.#instance;
    const { value, words, tags } = this.#instance.view();
    const answer: Answer = {
      sequence,
      state: value,
      words,
      tags,
      outcome: sequence > before ? 'applied' : 'unchanged',
      digest,
    };
    this.#remember(id, answer);
    return answer;
  }

  takeOne(envelope: Envelope): BatchAnswer {
    try {
      const { id, event } = envelope;
      const known = this.#answers.get(id);
      if (known) {
        if (known.digest !== digestOf(event)) throw wire(new EventIdReused({ id, event: event.type }));
        return known;
      }
      this.#checkRoom();
      this.#checkForm(event);
      // Whether a transition takes it is asked there, after the deadlines before it.
      return this.take(envelope);
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** Nobody waits for the answer: a refusal goes to the audit. */
  takeSignal(envelope: Envelope): void {
    if (typeof envelope?.id !== 'string' || typeof envelope.event?.type !== 'string') return;
    const answer = this.takeOne(envelope);
    if (!('refused' in answer)) return;
    this.#instance.note({ kind: 'refused', type: envelope.event.type, id: envelope.id, code: answer.refused });
  }

  next(): NextEvent[] {
    return this.#aside.with(() => nextEvents(this.#instance.snapshot, this.#options.events, this.#options.cite));
  }

  /** What {@link validate} would say, deadlines that are due left out: they fire in a task, and a query has none. */
  can(event: Envelope['event']): CanAnswer {
    try {
      if (typeof event?.type !== 'string') {
        const issues = [{ path: '/type', message: 'is missing' }];
        throw wire(new MalformedEvent({ event: 'event', issues }));
      }
      this.#checkRoom();
      this.#checkForm(event);
      this.#checkTaken(event);
      return { accepted: true };
    } catch (error) {
      return refusalOf(error);
    }
  }

  #remember(id: string, answer: Answer): void {
    this.#answers.set(id, answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= dedupeWindow) break;
      this.#answers.delete(oldest);
    }
  }

  #checkKnown(id: string, digest: () => string, event: string): void {
    const known = this.#answers.get(id);
    if (!known) return;
    if (known.digest !== digest()) throw wire(new EventIdReused({ id, event }));
    throw ApplicationFailure.nonRetryable('answered before', alreadyAnswered, known);
  }

  #checkRoom(): void {
    const waiting = this.#options.waiting();
    if (waiting >= queueLimit) throw wire(new EngineUnavailable({ waiting }));
  }

  /** @returns the digest of the event */
  #checkForm(event: Envelope['event']): string {
    const spec = this.#options.events[event.type];
    if (!spec) throw wire(this.#refused(event.type));
    const { type, ...payload } = event;
    const text = canonical(event);
    if (text.length > eventLimit) {
      const issues = [{ path: '', message: `must not be larger than ${eventLimit} characters as JSON` }];
      throw wire(new MalformedEvent({ event: type, issues }));
    }
    const issues = this.#options.check(spec.schema, payload);
    if (issues.length > 0) throw wire(new MalformedEvent({ event: type, issues }));
    return hashOf(text);
  }

  #checkTaken(event: Envelope['event']): void {
    const { snapshot } = this.#instance;
    if (snapshot.status !== 'active') {
      throw wire(new AlreadyEnded({ id: workflowInfo().workflowId, state: snapshot.value }));
    }
    let fault: unknown;
    try {
      fault = this.#aside.with(() => {
        if (!this.#instance.can(event)) throw wire(this.#refused(event.type));
        return this.#instance.trial(event);
      });
    } catch (error) {
      if (error instanceof ApplicationFailure) throw error;
      fault = error;
    }
    if (fault !== undefined) throw wire(this.#fault(event.type, fault));
  }

  #fault(event: string, fault: unknown): MachineFault {
    const reason = fault instanceof Error ? `${fault.name}: ${fault.message}` : JSON.stringify(fault);
    return new MachineFault({ event, state: this.#instance.snapshot.value, reason });
  }

  #refused(event: string): EventRefused {
    const { snapshot } = this.#instance;
    const accepted = this.next()
      .filter((one) => one.accepted)
      .map(({ type }) => type);
    const { sequence } = this.#instance;
    return new EventRefused({ event, state: snapshot.value, words: wordsOf(snapshot), sequence, accepted });
  }
}

/** What is wrong with how an operation is asked for. */
function formOf(asked: AskedOperation): Issue[] {
  const needed = { operation: asked?.operation?.kind, by: asked?.by, reason: asked?.reason };
  return Object.entries(needed)
    .filter(([, value]) => typeof value !== 'string' || value.trim() === '')
    .map(([field]) => ({ path: `/${field}`, message: 'must be given' }));
}

/** A refusal as an answer. Anything else is thrown on. */
function refusalOf(error: unknown): { refused: string; data: Json } {
  if (!(error instanceof ApplicationFailure)) throw error;
  return { refused: error.type ?? 'Unknown', data: (error.details?.[0] ?? null) as Json };
}

/** An engine error as it travels; see `errorOf`. */
function wire(error: MachineError): ApplicationFailure {
  return ApplicationFailure.nonRetryable(error.message, error.code, error.data);
}
