/**
 * Waiting for an instance and hearing of its changes. By the store's reading half: then a thousand who wait cost the
 * instance nothing, no history and no update in flight, and nothing that it passes through is missed. Node half.
 */
import type { AnyStateMachine, OutputFrom } from 'xstate';
import { AlreadyEnded, NotFound, TimedOut } from './errors.ts';
import { isEnd } from './history.ts';
import type { HistoryEntry, StatePath, Tag } from './history.ts';
import type { Json } from './machine.ts';
import type { SnapshotAnswer } from './protocol.ts';
import type { StoredStep, StoreReader } from './store.ts';
import { pause } from './watched.ts';

/** What to wait for: a tag, a state (or one of which it is a part), or the machine's end. */
export type Until<M extends AnyStateMachine> = { readonly tag: Tag<M> } | { readonly state: StatePath<M> } | 'done';

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds; by default what one call may take. */
  readonly timeout?: number;
  /** Gives up waiting; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Where the instance was when what was waited for came true. */
export interface Reached<M extends AnyStateMachine> {
  readonly sequence: number;
  /** Contract time, ISO. */
  readonly at: string;
  /** XState's state value after the step. */
  readonly state: Json;
  readonly words: string;
  readonly tags: readonly Tag<M>[];
  /** It went through what was waited for, and has left it again in the same step. */
  readonly passed: boolean;
  readonly status: StoredStep['status'];
  /** Of a machine that is done. */
  readonly output?: OutputFrom<M>;
}

/** Where to begin, and when to stop. */
export interface ChangesOptions {
  /** The number of the last step that is known already; by default what happens from now on. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** A listener that is being told of changes. */
export interface Subscription {
  unsubscribe(): void;
  /** Fulfilled when the instance has ended or nobody wants to hear more; rejected with what the listener or the store threw. */
  readonly ended: Promise<void>;
}

/** Histories and changes are read from the store: give `machineClient` its reading half. */
export class MissingReader extends Error {
  override readonly name = 'MissingReader';
  constructor(what: string) {
    super(`${what} is read from the store: machineClient needs its reading half, { reader }`);
  }
}

/** How soon those who poll look again, at first and at most; milliseconds. */
const pollMs = { first: 25, most: 500 };

/** How an instance stands: by the workflow's own answer, or by a step in the store. */
type Standing = Pick<StoredStep, 'sequence' | 'at' | 'to' | 'words' | 'tags' | 'status' | 'passed' | 'output'>;

/** What waiting needs to know of an instance. */
export interface WaitingPorts {
  /** Asks the workflow itself, bounded in time. */
  readonly look: () => Promise<SnapshotAnswer>;
  /** The last step that this client has been told of in an answer; 0 for none. What it went through before is no news. */
  readonly known: () => number;
  readonly reader: StoreReader | undefined;
  /** How long to wait by default. */
  readonly timeoutMs: number;
}

/** Waiting for one instance and reading what it did, over the store where there is a reader. */
export class Waiting<M extends AnyStateMachine> {
  readonly #id: string;
  readonly #ports: WaitingPorts;

  constructor(id: string, ports: WaitingPorts) {
    this.#id = id;
    this.#ports = ports;
  }

  async until(until: Until<M>, options: WaitOptions = {}): Promise<Reached<M>> {
    const timeout = options.timeout ?? this.#ports.timeoutMs;
    const found = new AbortController();
    const late = AbortSignal.timeout(timeout);
    const over = AbortSignal.any([found.signal, late, ...(options.signal ? [options.signal] : [])]);
    const seen: Seen = { last: undefined };
    try {
      const { reader } = this.#ports;
      const reached = await (reader ? this.#stored(until, reader, over, seen) : this.#polled(until, over, seen));
      if (reached) return reached;
    } finally {
      found.abort();
    }
    options.signal?.throwIfAborted();
    throw new TimedOut({ id: this.#id, waitedMs: timeout, reached: seen.last?.to ?? null });
  }

  async *changes({ after, signal = new AbortController().signal }: ChangesOptions): AsyncGenerator<HistoryEntry<M>> {
    const reader = this.#readerFor('What an instance does');
    const last = await reader.last(this.#id);
    const from = after ?? last?.sequence ?? 0;
    if (last && isEnd(last) && from >= last.sequence) return;
    for await (const step of reader.watch(this.#id, from, signal)) {
      yield step as unknown as HistoryEntry<M>;
      if (isEnd(step)) return;
    }
  }

  subscribe(
    listener: (entry: HistoryEntry<M>) => void | Promise<void>,
    { after, signal }: ChangesOptions = {},
  ): Subscription {
    const leave = new AbortController();
    const over = signal ? AbortSignal.any([leave.signal, signal]) : leave.signal;
    const ended = (async () => {
      for await (const entry of this.changes({ ...(after === undefined ? {} : { after }), signal: over })) {
        await listener(entry);
      }
    })();
    // Whoever cares asks for it; nobody has to.
    ended.catch(() => {});
    return { unsubscribe: () => leave.abort(), ended };
  }

  async history(options: { readonly after?: number; readonly limit?: number }): Promise<readonly HistoryEntry<M>[]> {
    const steps = await this.#readerFor('The history').history(this.#id, options);
    return steps as unknown as readonly HistoryEntry<M>[];
  }

  #readerFor(what: string): StoreReader {
    const { reader } = this.#ports;
    if (!reader) throw new MissingReader(what);
    return reader;
  }

  /**
   * How it stands, by the workflow, which knows more than is stored; and every step that is stored meanwhile, so that
   * nothing is missed while the workflow is being asked. Undefined when time is up first.
   */
  async #stored(until: Until<M>, reader: StoreReader, over: AbortSignal, seen: Seen): Promise<Reached<M> | undefined> {
    const known = this.#ports.known();
    const last = await reader.last(this.#id);
    if (last) seen.last = { ...last, passed: nothing };
    if (last && isEnd(last)) return this.#judge(until, { ...last, passed: nothing }, seen);
    const steps = this.#later(until, reader, { last: last?.sequence ?? 0, known }, over, seen);
    const present = this.#ports.look().then(
      (snapshot) => this.#isThere(until, standingOf(snapshot), seen),
      (error: unknown) => {
        if (!last && error instanceof NotFound) throw error;
        // Nobody answers at present: then it stands as was stored last.
        return last && this.#isThere(until, { ...last, passed: nothing }, seen);
      },
    );
    return await firstFound([present, steps]);
  }

  async #later(
    until: Until<M>,
    reader: StoreReader,
    from: { readonly last: number; readonly known: number },
    over: AbortSignal,
    seen: Seen,
  ): Promise<Reached<M> | undefined> {
    for await (const step of reader.watch(this.#id, Math.max(from.last, from.known - 1), over)) {
      // Where the client knows the instance to be, it may still be; on the way there it went before.
      const standing = step.sequence === from.known ? { ...step, passed: nothing } : step;
      const reached = this.#judge(until, standing, seen);
      if (reached) return reached;
    }
    return undefined;
  }

  async #polled(until: Until<M>, over: AbortSignal, seen: Seen): Promise<Reached<M> | undefined> {
    for (let wait = pollMs.first; !over.aborted; wait = Math.min(wait * 2, pollMs.most)) {
      try {
        const snapshot = await unlessOver(this.#ports.look(), over);
        const reached = snapshot && this.#judge(until, standingOf(snapshot), seen);
        if (reached) return reached;
      } catch (error) {
        // Nobody answers at present: that is what a timeout is for.
        if (!(error instanceof TimedOut)) throw error;
      }
      await pause(wait, over);
    }
    return undefined;
  }

  #isThere(until: Until<M>, standing: Standing, seen: Seen): Reached<M> | undefined {
    if (standing.sequence >= (seen.last?.sequence ?? 0)) seen.last = standing;
    const how = matches(until, standing);
    return how && reached<M>(standing, how === 'passed');
  }

  /** @throws AlreadyEnded when it never will be there */
  #judge(until: Until<M>, standing: Standing, seen: Seen): Reached<M> | undefined {
    const found = this.#isThere(until, standing, seen);
    if (!found && isEnd(standing)) throw new AlreadyEnded({ id: this.#id, state: standing.to });
    return found;
  }
}

/** For the error: where it was seen last. */
interface Seen {
  last: Standing | undefined;
}

const nothing = { states: [], tags: [] } as const;

function standingOf({ view, sequence, at }: SnapshotAnswer): Standing {
  const { value, words, tags, status, output } = view;
  return { sequence, at, to: value, words, tags, status, passed: nothing, ...(output === undefined ? {} : { output }) };
}

function reached<M extends AnyStateMachine>(standing: Standing, passed: boolean): Reached<M> {
  const { sequence, at, to, words, tags, status, output } = standing;
  return {
    sequence,
    at,
    state: to,
    words,
    tags: tags as readonly Tag<M>[],
    passed,
    status,
    ...(output === undefined ? {} : { output: output as OutputFrom<M> }),
  };
}

function matches(
  until: Until<AnyStateMachine>,
  { status, tags, to, passed }: Standing,
): 'there' | 'passed' | undefined {
  if (until === 'done') return status === 'done' ? 'there' : undefined;
  if ('tag' in until) {
    if (tags.includes(until.tag)) return 'there';
    return passed.tags.includes(until.tag) ? 'passed' : undefined;
  }
  const isIn = (leaf: string) => leaf === until.state || leaf.startsWith(`${until.state}.`);
  if (leaves(to).some(isIn)) return 'there';
  return passed.states.some(isIn) ? 'passed' : undefined;
}

/** A state value as dotted paths of its leaves. */
function leaves(value: Json): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value ?? {}).flatMap(([key, inner]) => {
    const below = leaves((inner ?? {}) as Json);
    return below.length > 0 ? below.map((path) => `${key}.${path}`) : [key];
  });
}

/** The first that finds something; undefined when none does. The first error is an error of all. */
function firstFound<T>(searches: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    for (const search of searches) search.then((found) => found !== undefined && resolve(found), reject);
    void Promise.allSettled(searches).then(() => resolve(undefined));
  });
}

/** Undefined when time is up first; the work then goes on unheard. */
async function unlessOver<T>(work: Promise<T>, over: AbortSignal): Promise<T | undefined> {
  work.catch(() => {});
  if (over.aborted) return undefined;
  let stop = () => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    over.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    over.removeEventListener('abort', stop);
  }
}

/**
 * One call at a time: who asks while one is under way shares the next with all others who do, and that one begins after
 * they asked.
 */
export class Shared<T> {
  readonly #call: () => Promise<T>;
  readonly #idle: () => void;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(call: () => Promise<T>, idle: () => void) {
    this.#call = call;
    this.#idle = idle;
  }

  ask(): Promise<T> {
    if (!this.#running) return this.#run();
    const begin = () => {
      this.#next = undefined;
      return this.#run();
    };
    this.#next ??= this.#running.then(begin, begin);
    return this.#next;
  }

  #run(): Promise<T> {
    const running = this.#call().finally(() => {
      if (this.#running !== running) return;
      this.#running = undefined;
      if (!this.#next) this.#idle();
    });
    this.#running = running;
    return running;
  }
}
