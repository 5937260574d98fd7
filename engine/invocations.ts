/** Activities on behalf of a machine: how they are called, and what their failures look like to it. Sandbox half. */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { ActivityBounds } from './definition.ts';
import type { InvocationOutcome, InvocationRequest } from './instance.ts';
import type { InvocationError, Json } from './machine.ts';
import { ownScope } from './own-scope.ts';

/**
 * Runs an activity for an actor of the machine.
 *
 * @returns a function that cancels it; a cancelled one gives no answer
 */
export function invokeActivity(
  { name, input, key, path, local }: InvocationRequest,
  bounds: ActivityBounds | undefined,
  answer: (outcome: InvocationOutcome) => void,
): () => void {
  const common = {
    startToCloseTimeout: `${bounds?.startToCloseSeconds ?? 10} seconds`,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
    summary: `${name} for ${path || 'the root'}`,
  } as const;
  const heartbeat = bounds?.heartbeatSeconds ? { heartbeatTimeout: `${bounds.heartbeatSeconds} seconds` as const } : {};
  const proxy = local ? proxyLocalActivities(common) : proxyActivities({ ...common, ...heartbeat });
  const scope = ownScope();
  scope
    .run(() => proxy[name]!(input, { key, at: new Date(Date.now()).toISOString() }))
    .then(
      (output: unknown) => answer({ done: output }),
      (error: unknown) => {
        if (!isCancellation(error)) answer({ failed: failureOf(error) });
      },
    );
  return () => scope.cancel();
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
