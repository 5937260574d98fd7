import { randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import { live, prepare, type Stage } from '../../bench/contract-life.ts';
import { remainsOf, rowsOf } from '../../bench/contract-rows.ts';
import { startProduct } from '../support/crash-driver.ts';

type Kills = { readonly [stage in Stage]?: readonly string[] };

const erasureStep = (name: string) => [`erasure.${name}.before`, `erasure.${name}.after`];

/** A whole contract's life, with the worker dying twice at each of the points named for a stage. */
async function lifeWith(kills: Kills, workflows?: string) {
  const product = await startProduct(workflows);
  try {
    const clock = `crash-${randomUUID()}`;
    await prepare(product.api, clock, '2027-03-01T02:00:00.000Z');
    let deaths = 0;
    let rows: Awaited<ReturnType<typeof rowsOf>> | undefined;
    const contract = await live(product.api, clock, clock, async (stage, act, known) => {
      if (stage === 'erasure') rows = await rowsOf(product.db, known!.accountId);
      const failpoints = kills[stage];
      if (failpoints) deaths += await product.diesTwiceAt(failpoints, act);
      else await act();
    });
    const remains = await remainsOf(product.db, contract.accountId);
    const receipts = await product.db
      .selectFrom('receipts')
      .select(['amount', 'state', 'refund_due'])
      .orderBy('amount')
      .execute();
    return { deaths, rows, remains, receipts, mails: await product.mailsTo(contract.email) };
  } finally {
    await product.close();
  }
}

type Remains = Awaited<ReturnType<typeof remainsOf>>;
const runsOf = ({ certificates }: Remains) => certificates[0]?.done?.['executions'] ?? 0;
const withoutRuns = (remains: Remains) => ({
  ...remains,
  certificates: remains.certificates.map(({ done, ...rest }) => ({ ...rest, done: { ...done, executions: 0 } })),
});

let first: ReturnType<typeof lifeWith> | undefined;
const undisturbed = () => (first ??= lifeWith({}));

const lives: readonly { title: string; kills: Kills; workflows?: string }[] = [
  {
    title: 'before a commit, and after a message is delivered [A1, C6]',
    kills: { confirm: ['commit.before'], secondTransfer: ['dispatch.message.after'] },
  },
  {
    title: 'after a commit, and after a mail is sent [C6, A6]',
    kills: { firstTransfer: ['commit.after'], notice: ['dispatch.mail.after'] },
  },
  {
    title: 'between the effect of an activity and its result: order, receipt [C3, C6]',
    kills: { verify: ['activity.after:issueOrder'], firstTransfer: ['activity.after:matchReference'] },
  },
  {
    title: 'between the effect of an activity and its result: number, notices [U2, R1]',
    kills: {
      secondTransfer: ['activity.after:assignAccountNumber'],
      notice: ['activity.after:postNotice'],
    },
  },
  {
    title: 'while the contract continues as new [R3]',
    kills: { verify: ['continue-as-new'], renewalPaid: ['continue-as-new'] },
    workflows: 'tests/support/restless-workflows.ts',
  },
  {
    title: "at the first steps of the erasure: the account's workflows, the fence [C5]",
    kills: { erasure: [...erasureStep('stopAccountWorkflows'), ...erasureStep('fenceAccount')] },
  },
  {
    title: 'at the middle steps of the erasure: sessions and files, rows [C5]',
    kills: { erasure: [...erasureStep('eraseSessionsAndFiles'), ...erasureStep('deleteAccountRows')] },
  },
  {
    title: 'at the last steps of the erasure: key, executions [C5]',
    kills: { erasure: [...erasureStep('destroyAccountKey'), ...erasureStep('deleteAccountExecutions')] },
  },
  { title: 'at the certificate of the erasure [C5]', kills: { erasure: erasureStep('issueCertificate') } },
];

describe.concurrent('a contract whose worker is killed twice', { timeout: 300_000 }, () => {
  it('lives its whole life, undisturbed, with each notice, order, extension and erasure once [C5, R1, R3]', async ({
    expect,
  }) => {
    const { rows, remains, receipts, mails } = await undisturbed();
    expect(rows?.orders.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['registration paid', 'renewal paid']);
    expect(rows?.terms.map(({ n }) => n)).toEqual([1, 2]);
    expect(rows?.notices.map(({ kind }) => kind)).toEqual([
      'activated',
      'renewalNotice',
      'renewed',
      'renewalNotice',
      'overdueWarning',
    ]);
    expect(remains.certificates).toHaveLength(1);
    expect(remains.left).toEqual({ certificates: 1 });
    expect(receipts.map(({ state, refund_due }) => [state, refund_due])).toEqual([
      ['settled', 0],
      ['settled', 0],
      ['refundDue', 5_000],
    ]);
    expect(mails.size).toBe(5);
  });

  for (const { title, kills, workflows } of lives) {
    it(`${title}: ends as one that was not, with everything once`, async ({ expect }) => {
      const [disturbed, reference] = await Promise.all([lifeWith(kills, workflows), undisturbed()]);
      const planned = Object.values(kills).flat().length * 2;
      expect(disturbed.deaths).toBe(planned);
      expect(disturbed.rows).toEqual(reference.rows);
      expect(disturbed.receipts).toEqual(reference.receipts);
      expect(withoutRuns(disturbed.remains)).toEqual(withoutRuns(reference.remains));
      // Every run of a contract that continued as new is an execution of its own, and all are deleted.
      if (workflows === undefined) expect(runsOf(disturbed.remains)).toBe(runsOf(reference.remains));
      else expect(runsOf(disturbed.remains)).toBeGreaterThan(runsOf(reference.remains));
      // At least once: a second copy of a mail has the Message-ID of the first.
      expect(disturbed.mails.size).toBe(reference.mails.size);
      if (kills.notice?.includes('dispatch.mail.after')) expect(Math.max(...disturbed.mails.values())).toBe(3);
    });
  }
});
