/** Calls to Temporal with a deadline, whose failures are the engine's typed errors. Node half. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcCancelledError,
  isGrpcDeadlineError,
} from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { AlreadyEnded, MachineFault, NotFound, TimedOut, errorOf } from './errors.ts';
import { alreadyAnswered } from './protocol.ts';
import type { Json } from './machine.ts';

const grpcFailedPrecondition = 9;

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
    // The server does not even try a query while the last task has failed.
    if ((error as { cause?: { code?: unknown } }).cause?.code === grpcFailedPrecondition) {
      const reason = 'it threw at a timer or an answer, and waits for a deploy that mends it';
      return new MachineFault({ event: 'a query', state: null, reason });
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
      try {
        return await client.withDeadline(Date.now() + timeoutMs, run);
      } catch (error) {
        throw await translate(error, id);
      }
    },
  };
}

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
