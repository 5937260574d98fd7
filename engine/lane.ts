/**
 * The events that one sender has for one instance: they leave in the order in which they came, one call at a time, and
 * those that come while a call is under way leave together in the next one. So order holds without waiting for each
 * answer, the server's limit of updates in flight is never met, and a busy instance pays for one task instead of many.
 */
import { TimedOut } from './errors.ts';
import type { Answer, Envelope } from './protocol.ts';

/** What one call carries at most: events, and characters of them as JSON. A payload may have 2 MB. */
const batchLimit = { events: 100, characters: 500_000 };

/** How a lane sends: one event by its own name, or several together. */
export interface LaneCalls {
  one(envelope: Envelope): Promise<Answer>;
  /** As many outcomes as envelopes, in their order. */
  several(envelopes: readonly Envelope[]): Promise<readonly (Answer | Error)[]>;
}

interface Waiting {
  readonly since: number;
  reject(error: unknown): void;
}

/** A job is a call of its own; an event may share one. */
type Job = Waiting & { run(): Promise<void> };
type Parcel = Waiting & { readonly envelope: Envelope; readonly characters: number; resolve(answer: Answer): void };

/** The events of one sender to one instance, in order: one goes at once, those that come meanwhile go together after it. */
export class Lane {
  readonly #id: string;
  readonly #calls: LaneCalls;
  readonly #timeoutMs: number;
  readonly #idle: () => void;
  readonly #queue: (Job | Parcel)[] = [];
  #isBusy = false;

  /** @param idle called when nothing is under way or waiting */
  constructor(id: string, calls: LaneCalls, timeoutMs: number, idle: () => void) {
    this.#id = id;
    this.#calls = calls;
    this.#timeoutMs = timeoutMs;
    this.#idle = idle;
  }

  /** Sends an event by itself when nothing is under way, else together with its neighbours. */
  send(envelope: Envelope): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const characters = JSON.stringify(envelope).length;
      this.#enqueue({ envelope, characters, since: performance.now(), resolve, reject });
    });
  }

  /** A call of its own, in its turn. */
  alone<T>(call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = async () => resolve(await call());
      this.#enqueue({ run, since: performance.now(), reject });
    });
  }

  #enqueue(one: Job | Parcel): void {
    this.#queue.push(one);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let group = this.#next(); group; group = this.#next()) {
      try {
        await this.#carry(group);
      } catch (error) {
        for (const one of group) one.reject(error);
      }
    }
    this.#isBusy = false;
    this.#idle();
  }

  /** What leaves next. Who has waited for a whole call's time without leaving is told so instead. */
  #next(): [Job] | Parcel[] | undefined {
    const parcels: Parcel[] = [];
    let characters = 0;
    for (let one = this.#queue[0]; one; one = this.#queue[0]) {
      if (performance.now() - one.since > this.#timeoutMs) {
        this.#queue.shift();
        one.reject(new TimedOut({ id: this.#id, waitedMs: this.#timeoutMs }));
        continue;
      }
      if ('run' in one) {
        if (parcels.length > 0) break;
        this.#queue.shift();
        return [one];
      }
      characters += one.characters;
      if (parcels.length > 0 && (parcels.length >= batchLimit.events || characters > batchLimit.characters)) break;
      this.#queue.shift();
      parcels.push(one);
    }
    return parcels.length > 0 ? parcels : undefined;
  }

  async #carry(group: [Job] | Parcel[]): Promise<void> {
    const [first] = group;
    if (!first) return;
    if ('run' in first) return await first.run();
    const parcels = group as Parcel[];
    if (parcels.length === 1) return first.resolve(await this.#calls.one(first.envelope));
    const outcomes = await this.#calls.several(parcels.map(({ envelope }) => envelope));
    for (const [index, parcel] of parcels.entries()) {
      const outcome =
        outcomes[index] ?? new Error(`'${this.#id}' answered ${outcomes.length} of ${parcels.length} events`);
      if (outcome instanceof Error) parcel.reject(outcome);
      else parcel.resolve(outcome);
    }
  }
}
