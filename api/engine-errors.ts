/** What the engine's typed errors mean to a caller of the API. */
import {
  AlreadyEnded,
  EngineUnavailable,
  EventIdReused,
  MachineError,
  MachineFault,
  MalformedEvent,
  NotFound,
  TimedOut,
} from '../engine/errors.ts';
import { Problem } from './problems.ts';

/** The problem for an error of the engine; undefined for any other error, and for a refusal, which commands.ts explains. */
export function fromEngine(error: unknown): Problem | undefined {
  const cause = { cause: error };
  if (error instanceof MalformedEvent) {
    const first = error.data.issues[0];
    return new Problem(
      'invalid-request',
      { field: first?.path || 'body', detail: first && `It ${first.message}.` },
      cause,
    );
  }
  if (error instanceof NotFound) return new Problem('not-found', {}, cause);
  if (error instanceof AlreadyEnded) return new Problem('already-ended', {}, cause);
  if (error instanceof EventIdReused) return new Problem('idempotency-key-reused', { field: 'Idempotency-Key' }, cause);
  if (error instanceof EngineUnavailable) return new Problem('engine-unavailable', {}, { ...cause, retryAfter: 2 });
  if (error instanceof TimedOut) return new Problem('timed-out', {}, { ...cause, retryAfter: 1 });
  if (error instanceof MachineFault) return new Problem('machine-fault', {}, { ...cause, retryAfter: 60 });
  if (error instanceof MachineError) return new Problem('internal', {}, cause);
  return undefined;
}

/** A state value as words, for when the read model has none: `inForce: overdue, delivered`. */
export function inWords(state: unknown): string {
  if (typeof state === 'string') return state;
  if (state === null || typeof state !== 'object') return 'unknown';
  return Object.entries(state)
    .map(([key, below]) =>
      below !== null && typeof below === 'object' && Object.keys(below).length === 0
        ? key
        : `${key}: ${inWords(below)}`,
    )
    .join(', ');
}
