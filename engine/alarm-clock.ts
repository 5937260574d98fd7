/** The one Temporal timer of an instance, set to its earliest deadline and named by what waits for it. Sandbox half. */
import { isCancellation, sleep } from '@temporalio/workflow';
import type { CancellationScope } from '@temporalio/workflow';
import { ownScope } from './own-scope.ts';

/** Rings in the loop of the host; a deadline that moves costs a timer, one that stays costs none. */
export class AlarmClock {
  #set: { readonly dueAt: number; readonly scope: CancellationScope } | undefined;
  readonly #noted: (error?: unknown) => void;
  /** It went off since this was last put back. */
  rang = false;

  /** @param noted is told when it went off, or why it could not */
  constructor(noted: (error?: unknown) => void) {
    this.#noted = noted;
  }

  get dueAt(): number | undefined {
    return this.#set?.dueAt;
  }

  /** Does nothing where it is set to this already: a timer costs an event when it is started and one when it is ended. */
  set(dueAt: number | undefined, summary: () => string): void {
    if (dueAt === this.#set?.dueAt) return;
    this.#set?.scope.cancel();
    this.#set = undefined;
    if (dueAt === undefined) return;
    const mine = { dueAt, scope: ownScope() };
    this.#set = mine;
    mine.scope
      .run(() => sleep(Math.max(1, dueAt - Date.now()), { summary: summary() }))
      .then(
        () => {
          if (this.#set !== mine) return;
          this.#set = undefined;
          this.rang = true;
          this.#noted();
        },
        (error: unknown) => {
          if (!isCancellation(error)) this.#noted(error);
        },
      );
  }
}
