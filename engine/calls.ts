/** Calls to Temporal with a deadline, whose failures are the engine's typed errors. Node half. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
} from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { AlreadyEnded, MachineFault, NotFound, TimedOut, errorOf } from './errors.ts';
import { alreadyAnswered } from './protocol.ts';
import type { Json } from './machine.ts';

/** Calls to Temporal, each with a deadline. */
export interface Calls {
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
  /** @throws MachineError for whatever the engine has a name for */
  call<T>(id: string, run: () => Promise<T>): Promise<T>;
}

/** @param timeoutMs milliseconds that one call may take */
export function callsOf(client: Client, timeoutMs: number): Calls {
  const translate = async (error: unknown, id: string): Promise<unknown> => {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      return errorOf(error.cause.type, error.cause.details?.[0]) ?? error;
    }
    if (error instanceof WorkflowExecutionAlreadyStartedError) return new AlreadyEnded({ id });
    if (error instanceof WorkflowNotFoundError) {
      const known = await client.workflow
        .getHandle(id)
        .describe()
        .catch(() => undefined);
      return known ? new AlreadyEnded({ id }) : new NotFound({ id });
    }
    const late =
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
      isGrpcDeadlineError(error) ||
      isGrpcCancelledError(error);
    return late ? new TimedOut({ id, waitedMs: timeoutMs }) : error;
  };
  return {
    timeoutMs,
    call: async (id, run) => {
      const deadline = Date.now() + timeoutMs;
      let unready: unknown;
      for (let wait = notReadyMs.first; ; wait = Math.min(wait * 2, notReadyMs.most)) {
        try {
          return await client.withDeadline(deadline, run);
        } catch (error) {
          // The server has a shorter deadline of its own, for a query above all: the worker that had it may be dead. Asked again,
          // nothing is done twice: whatever changes something carries an id.
          if (isNotReady(error)) unready = error;
          else if (!isGrpcDeadlineError(error)) throw await translate(error, id);
          const left = deadline - Date.now();
          if (left <= 0) throw unready === undefined ? await translate(error, id) : notReady(unready, id, timeoutMs);
          await new Promise((resolve) => setTimeout(resolve, Math.min(wait, left)));
        }
      }
    },
  };
}

/** How soon a call is tried again whose instance is not ready, at first and at most; milliseconds. */
const notReadyMs = { first: 50, most: 1000 };

/**
 * The task that should have taken the call failed, as when a worker is overloaded, dies or has a bug, or no worker is
 * there. Nothing was written, so it is tried again: a healthy worker takes it.
 */
function isNotReady(error: unknown): boolean {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(cause) && (cause.code as number) === failedPrecondition;
}

/** The server does not even try a call while the last tasks have failed: then it is the machine that throws. */
function notReady(error: unknown, id: string, waitedMs: number): TimedOut | MachineFault {
  const { details = '' } = ((error as Error).cause ?? error) as { details?: string };
  if (!/failed state/i.test(details)) return new TimedOut({ id, waitedMs });
  const reason = 'it threw at a timer or an answer, and waits for a deploy that mends it';
  return new MachineFault({ event: 'a call', state: null, reason, isWaiting: true });
}

/** A number of gRPC. */
const failedPrecondition = 9;

/** The first answer, when the instance says that it took this before. */
export async function orFirstAnswer<T>(sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (error) {
    const failure = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (!(failure instanceof ApplicationFailure) || failure.type !== alreadyAnswered) throw error;
    return failure.details?.[0] as Json as T;
  }
}
