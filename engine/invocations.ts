/** Activities on behalf of a machine: how they are called, and what their failures look like to it. Sandbox half. */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  TemporalFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityBounds } from './definition.ts';
import type { InvocationOutcome, InvocationRequest } from './in-flight.ts';
import type { InvocationError, Json } from './machine.ts';
import { inThisScope, ownScope } from './own-scope.ts';

/**
 * How long a local activity may take, in its only try, and how late in its task one may begin; milliseconds. Together less
 * than the 8 s after which a task is renewed.
 */
const localLimit = 3000;

/**
 * The local activities of an instance, one after the other, and none longer than its task. A replay brings the answers of
 * those that ran at the same time all at once, at the time of the last, and that of one that outlived its task along with
 * what came after: with other commands and at another contract time than live.
 */
export class LocalActivities {
  #isBusy = false;
  readonly #waiting: (() => void)[] = [];
  /** The task in which the latest began, by the length of its history, and when its first one began. */
  #task = { historyLength: 0, since: 0 };

  /** @param begin is told whether there is time for one; gives a promise that is never rejected */
  run(begin: (isTime: boolean) => Promise<void>): void {
    if (this.#isBusy) {
      const inItsScope = inThisScope();
      this.#waiting.push(() => inItsScope(() => this.#begin(begin)));
    } else this.#begin(begin);
  }

  #begin(begin: (isTime: boolean) => Promise<void>): void {
    this.#isBusy = true;
    void begin(this.#isTime()).then(() => {
      this.#isBusy = false;
      this.#waiting.shift()?.();
    });
  }

  #isTime(): boolean {
    const { historyLength } = workflowInfo();
    const now = Date.now();
    if (this.#task.historyLength !== historyLength) this.#task = { historyLength, since: now };
    return now - this.#task.since < localLimit;
  }
}

/**
 * Runs an activity for an actor of the machine. A local one that does not succeed at once goes on as a remote one.
 *
 * @param answer never throws; of no interest once the activity was called off
 * @returns a function that cancels it
 */
export function invokeActivity(
  { name, input, key, path, local }: InvocationRequest,
  bounds: ActivityBounds | undefined,
  locals: LocalActivities,
  answer: (outcome: InvocationOutcome) => void,
): () => void {
  const common = {
    startToCloseTimeout: `${bounds?.startToCloseSeconds ?? 10} seconds`,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    ...(bounds?.giveUpAfterSeconds ? { scheduleToCloseTimeout: `${bounds.giveUpAfterSeconds} seconds` } : {}),
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
    summary: `${name} for ${path || 'the root'}`,
  } as const;
  const heartbeat = bounds?.heartbeatSeconds ? { heartbeatTimeout: `${bounds.heartbeatSeconds} seconds` as const } : {};
  const scope = ownScope();
  const at = new Date(Date.now()).toISOString();
  const runBy = (proxy: Activities) => scope.run(() => proxy[name]!(input, { key, at }));
  const succeeded = (output: unknown) => answer({ done: output });
  const failed = (error: unknown) => answer({ failed: failureOf(error) });
  const remotely = () => runBy(proxyActivities<Activities>({ ...common, ...heartbeat })).then(succeeded, failed);
  if (local) {
    locals.run((isTime) => {
      const locally = { ...common, scheduleToCloseTimeout: localLimit, retry: { maximumAttempts: 1 } };
      // Nobody waits for a remote one: others may be local meanwhile.
      if (isTime) {
        return runBy(proxyLocalActivities<Activities>(locally)).then(succeeded, (error: unknown) => {
          if (isAnswer(error)) failed(error);
          else void remotely();
        });
      }
      void remotely();
      return Promise.resolve();
    });
  } else void remotely();
  return () => scope.cancel();
}

interface Activities {
  readonly [name: string]: (input: Json, context: { readonly key: string; readonly at: string }) => Promise<unknown>;
}

/** Whether a local activity has failed for good: called off, by a failure that says so, or as it could not begin at all. */
function isAnswer(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (isCancellation(error) || !(cause instanceof TemporalFailure)) return true;
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
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
