import { describe, expect, it } from 'vitest';
import { simulate } from '../../engine/simulate.ts';
import { erasureMachine } from '../../machines/erasure.ts';

const input = {
  accountId: 'account',
  accountNumber: '10000017',
  reason: 'overdue',
  clause: 'C5',
  certificateNumber: 'E-1',
  decidedAt: '2028-03-17T16:00:00.000Z',
} as const;

const start = () => simulate(erasureMachine, { at: '2028-03-17T16:00:01.000Z', input });

describe('the erasure', () => {
  it('stops, fences, and deletes in the order in which nothing can come back, then certifies [C5, V5]', () => {
    const erasure = start();
    const asked: string[] = [];
    for (let step = 1; step <= 6; step += 1) {
      const [pending] = erasure.pending;
      asked.push(pending?.name ?? 'nothing');
      expect(erasure.pending).toHaveLength(1);
      expect(pending?.input).toEqual({ accountId: 'account' });
      pending?.done({ [`step${step}`]: step });
    }
    expect(asked).toEqual([
      'stopAccountWorkflows',
      'fenceAccount',
      'eraseSessionsAndFiles',
      'deleteAccountRows',
      'destroyAccountKey',
      'deleteAccountExecutions',
    ]);
    expect(erasure.pending[0]).toMatchObject({
      name: 'issueCertificate',
      input: { ...input, counts: { step1: 1, step2: 2, step3: 3, step4: 4, step5: 5, step6: 6 } },
    });
    expect(erasure.actor.getSnapshot().status).toBe('active');
    erasure.pending[0]?.done({ certificateNumber: 'E-1', hash: 'f'.repeat(64) });
    expect(erasure.actor.getSnapshot()).toMatchObject({
      status: 'done',
      value: 'erased',
      context: { hash: 'f'.repeat(64) },
    });
  });

  it('has a certificate number of its own where no warning named one [C5, V5]', () => {
    const erasure = simulate(erasureMachine, {
      at: '2028-03-17T16:00:01.000Z',
      input: { ...input, certificateNumber: null, reason: 'terminated', clause: 'V5' },
      answers: Object.fromEntries(
        [
          'stopAccountWorkflows',
          'fenceAccount',
          'eraseSessionsAndFiles',
          'deleteAccountRows',
          'destroyAccountKey',
          'deleteAccountExecutions',
        ]
          .map((name): [string, () => unknown] => [name, () => ({})])
          .concat([['issueCertificate', () => ({ certificateNumber: 'E-9', hash: '0'.repeat(64) })]]),
      ),
    });
    expect(erasure.actor.getSnapshot().context).toMatchObject({ certificateNumber: 'E-9', counts: {} });
  });

  it('waits at the step that fails; nothing after it has happened [C5]', () => {
    const erasure = start();
    erasure.pending[0]?.done({});
    erasure.pending[0]?.failed({ name: 'Error', message: 'cannot fence' });
    expect(erasure.actor.getSnapshot()).toMatchObject({ status: 'error', value: 'fencing' });
    expect(erasure.pending).toEqual([]);
  });
});
