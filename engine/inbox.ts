/**
 * Events from outside: refused before anything is written, taken once by their id, answered with the state they led to.
 * Sandbox half.
 */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { AnyEventObject } from 'xstate';
import { describes } from './descriptors.ts';
import type { EventSpec, JsonSchema } from './definition.ts';
import {
  AlreadyEnded,
  EngineUnavailable,
  EventIdReused,
  EventRefused,
  MachineFault,
  MalformedEvent,
} from './errors.ts';
import type { Issue, MachineError } from './errors.ts';
import type { Instance } from './instance.ts';
import type { Json } from './machine.ts';
import { alreadyAnswered, dedupeWindow, digestOf, names, queueLimit } from './protocol.ts';
import type { Answer, BatchAnswer, Envelope, NextEvent } from './protocol.ts';

export interface InboxOptions {
  readonly events: { readonly [type: string]: EventSpec | undefined };
  readonly check: (schema: JsonSchema, payload: unknown) => readonly Issue[];
  /** Steps that wait for the store: when they are too many, no more events are taken. */
  readonly waiting: () => number;
  /** An event was taken: what the machine did is to be handed over. */
  readonly taken: () => void;
}

export class Inbox {
  readonly #instance: Instance;
  readonly #options: InboxOptions;
  readonly #answers: Map<string, Answer>;

  /** @param answered answers that earlier runs gave, oldest first */
  constructor(instance: Instance, options: InboxOptions, answered: readonly (readonly [string, Answer])[]) {
    this.#instance = instance;
    this.#options = options;
    this.#answers = new Map(answered);
  }

  /** The answers it remembers, oldest first. */
  get answered(): [string, Answer][] {
    return [...this.#answers];
  }

  /** For an update's validator: throwing leaves no trace in the history. */
  validate({ id, event }: Envelope): void {
    const known = this.#answers.get(id);
    if (known) {
      if (known.digest !== digestOf(event)) throw wire(new EventIdReused({ id, event: event.type }));
      throw ApplicationFailure.nonRetryable('answered before', alreadyAnswered, known);
    }
    this.#checkRoom();
    this.#checkForm(event);
    // A deadline that has passed takes effect before the event does: only then is it known what the event meets.
    if ((this.#instance.timers.earliest ?? Infinity) > Date.now()) this.#checkTaken(event);
  }

  /** As {@link validate}, for several: only what is wrong with the call itself; each event has its own answer. */
  validateBatch(envelopes: readonly Envelope[]): void {
    this.#checkRoom();
    for (const [index, one] of envelopes.entries()) {
      if (typeof one?.id !== 'string' || typeof one.event?.type !== 'string') {
        const issues = [{ path: `/${index}`, message: 'needs an id and an event with a type' }];
        throw wire(new MalformedEvent({ event: names.batch, issues }));
      }
    }
  }

  /** Takes one event that the validator let through, after the deadlines before it. */
  take({ id, event }: Envelope): Answer {
    this.#instance.fireDue();
    this.#checkTaken(event);
    const before = this.#instance.sequence;
    this.#instance.send(event as AnyEventObject, {
      kind: 'event',
      type: event.type,
      id,
      ...(typeof event['by'] === 'string' ? { by: event['by'] } : {}),
    });
    this.#options.taken();
    const { sequence, snapshot } = this.#instance;
    const answer: Answer = {
      sequence,
      state: snapshot.value as Json,
      words: this.#instance.words(),
      tags: [...snapshot.tags].toSorted(),
      outcome: sequence > before ? 'applied' : 'unchanged',
      digest: digestOf(event),
    };
    this.#remember(id, answer);
    return answer;
  }

  takeOne(envelope: Envelope): BatchAnswer {
    try {
      const known = this.#answers.get(envelope.id);
      if (known?.digest === digestOf(envelope.event)) return known;
      this.validate(envelope);
      return this.take(envelope);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      return { refused: error.type ?? 'Unknown', data: (error.details?.[0] ?? null) as Json };
    }
  }

  /** Nobody waits for the answer: a refusal goes to the audit. */
  takeSignal(envelope: Envelope): void {
    if (typeof envelope?.id !== 'string' || typeof envelope.event?.type !== 'string') return;
    const answer = this.takeOne(envelope);
    if (!('refused' in answer)) return;
    this.#instance.note({ kind: 'refused', type: envelope.event.type, id: envelope.id, code: answer.refused });
  }

  /** Public events, and whether some transition waits for them; guards that look at a payload are not asked. */
  next(): NextEvent[] {
    const accepted = new Set(this.#accepted());
    return Object.entries(this.#options.events).map(([type, spec]) => ({
      type,
      description: spec?.description ?? '',
      accepted: accepted.has(type),
    }));
  }

  #remember(id: string, answer: Answer): void {
    this.#answers.set(id, answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= dedupeWindow) break;
      this.#answers.delete(oldest);
    }
  }

  #checkRoom(): void {
    const waiting = this.#options.waiting();
    if (waiting >= queueLimit) throw wire(new EngineUnavailable({ waiting }));
  }

  #checkForm(event: Envelope['event']): void {
    const spec = this.#options.events[event.type];
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

  #accepted(): string[] {
    if (this.#instance.snapshot.status !== 'active') return [];
    const awaited = this.#instance.snapshot._nodes.flatMap((node): string[] => node.ownEvents);
    return Object.keys(this.#options.events).filter((type) => awaited.some((one) => describes(one, type)));
  }
}

/** An engine error as it travels; see `errorOf`. */
function wire(error: MachineError): ApplicationFailure {
  return ApplicationFailure.nonRetryable(error.message, error.code, error.data);
}
