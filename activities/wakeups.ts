/** Sleepers that are woken one at a time. A wake-up that finds nobody asleep is kept for the next one. */
export class Wakeups {
  readonly #sleepers = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isPending = false;
  #isClosed = false;

  /** Sleeps until woken, or this long. */
  async wait(milliseconds: number): Promise<void> {
    if (this.#isClosed) return;
    if (this.#isPending) {
      this.#isPending = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#sleepers.add(wake);
    });
  }

  wakeOne(): void {
    const [first] = this.#sleepers;
    if (first) first();
    else this.#isPending = true;
  }

  wakeOneIn(milliseconds: number): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.wakeOne();
    }, milliseconds);
    this.#timers.add(timer);
  }

  /** Wakes all; nobody sleeps here again. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const wake of this.#sleepers) wake();
  }
}
