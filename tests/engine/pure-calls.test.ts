import type { Client } from '@temporalio/client';
import { ServiceError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { callsOf } from '../../engine/calls.ts';
import { MachineFault, TimedOut } from '../../engine/errors.ts';

/** Temporal's client does no more than this with a deadline, where nobody listens. */
const client = { withDeadline: (_: number, run: () => Promise<unknown>) => run() } as unknown as Client;

/** What comes of a query whose worker died with it: a deadline of the server's, long before the caller's. */
const serversDeadline = () => refused(4, 'context deadline exceeded');

/** What the server says while the machine throws at every try. */
const failedState = () => refused(9, 'Cannot query workflow due to Workflow Task in failed state.');

function refused(code: number, details: string): Error {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new ServiceError('Query failed', { cause });
}

describe('a call to Temporal', () => {
  it('is made again when the server gives up before the caller does', async () => {
    let asked = 0;
    const answer = await callsOf(client, 5_000).call('one', () => {
      asked += 1;
      return asked < 3 ? Promise.reject(serversDeadline()) : Promise.resolve('answer');
    });
    expect([answer, asked]).toEqual(['answer', 3]);
  });

  it('has timed out when the caller has waited as long as it said, and no sooner', async () => {
    const began = Date.now();
    const failure = await callsOf(client, 600)
      .call('one', () => Promise.reject(serversDeadline()))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TimedOut);
    expect((failure as TimedOut).data).toEqual({ id: 'one', waitedMs: 600 });
    // A timer may come a millisecond early.
    expect(Date.now() - began).toBeGreaterThanOrEqual(598);
  });

  it('ends with what the server said about the machine, also when its last try only ran out of time', async () => {
    let asked = 0;
    const failure = await callsOf(client, 300)
      .call('one', () => Promise.reject((asked += 1) === 1 ? failedState() : serversDeadline()))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MachineFault);
  });
});
