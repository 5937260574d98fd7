/**
 * Lets many wait for a source that only says "look again": who waits for the same looks once for all. Knows neither
 * Temporal nor a database, so that every store can share it.
 */

/** Reads what comes after a number, in order. May give a part: what is missing is read next. */
export type ReadAfter<Item> = (key: string, after: number) => Promise<readonly Item[]>;

/** A source that fails is asked again this often, and for at most so long; milliseconds. */
const retry = { everyMs: 500, forMs: 60_000 };

/** Many numbered rows of items, e.g. the steps of each instance, by key. Rows that nobody watches cost nothing. */
export class Watching<Item> {
  readonly #read: ReadAfter<Item>;
  readonly #numberOf: (item: Item) => number;
  readonly #rows = new Map<string, Row<Item>>();

  constructor(read: ReadAfter<Item>, numberOf: (item: Item) => number) {
    this.#read = read;
    this.#numberOf = numberOf;
  }

  /** What is being watched. */
  get keys(): readonly string[] {
    return [...this.#rows.keys()];
  }

  /** There may be something new under this key, or under any. Cheap when there is not. */
  changed(key?: string): void {
    if (key !== undefined) this.#rows.get(key)?.changed();
    else for (const row of this.#rows.values()) row.changed();
  }

  /**
   * Items after `after`: each once, in order. Ends when the signal aborts.
   *
   * @throws what the source throws, when it has done so for a minute
   */
  async *watch(key: string, after: number, signal: AbortSignal): AsyncGenerator<Item> {
    let row = this.#rows.get(key);
    if (!row) this.#rows.set(key, (row = new Row((from) => this.#read(key, from))));
    row.watchers += 1;
    try {
      let failingSince: number | undefined;
      for (let cursor = after; !signal.aborted;) {
        const { version } = row;
        let items: readonly Item[];
        try {
          items = await row.readOnce(cursor);
          failingSince = undefined;
        } catch (error) {
          failingSince ??= performance.now();
          if (performance.now() - failingSince > retry.forMs) throw error;
          await pause(retry.everyMs, signal);
          continue;
        }
        for (const item of items) {
          if (signal.aborted) return;
          cursor = this.#numberOf(item);
          yield item;
        }
        if (items.length === 0) await row.changeAfter(version, signal);
      }
    } finally {
      row.watchers -= 1;
      if (row.watchers === 0) this.#rows.delete(key);
    }
  }
}

class Row<Item> {
  watchers = 0;
  version = 0;
  readonly #read: (after: number) => Promise<readonly Item[]>;
  /** Readings since the last change, by the number they begin after. */
  readonly #readings = new Map<number, Promise<readonly Item[]>>();
  readonly #sleepers = new Set<() => void>();

  constructor(read: (after: number) => Promise<readonly Item[]>) {
    this.#read = read;
  }

  changed(): void {
    this.version += 1;
    this.#readings.clear();
    for (const wake of [...this.#sleepers]) wake();
  }

  readOnce(after: number): Promise<readonly Item[]> {
    let reading = this.#readings.get(after);
    if (!reading) {
      const fresh = this.#read(after);
      reading = fresh;
      this.#readings.set(after, fresh);
      // A reading that failed is nobody's answer: the next one to ask reads again.
      fresh.catch(() => {
        if (this.#readings.get(after) === fresh) this.#readings.delete(after);
      });
    }
    return reading;
  }

  async changeAfter(version: number, signal: AbortSignal): Promise<void> {
    if (this.version !== version || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#sleepers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

/** Waits, and is back at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
}
