/**
 * The steps of an erasure (C5, V5). Each may run again after a crash at any point: it goes on where it was, and gives the
 * counts of its first run.
 *
 * Before the rows go, what the later steps need is noted in the table `erasures`: which executions to delete, whose keys
 * to destroy.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { fenceAccount, findAccount } from '../db/accounts.ts';
import { findCertificate, issueCertificate, reserveCertificate } from '../db/certificates.ts';
import { deleteErasure, deleteRowsOfAccount, findErasure, insertErasure, noteErasure } from '../db/erasures.ts';
import { findSequence, listInstancesOfTenant } from '../db/instances.ts';
import { countMessagesFrom } from '../db/outbox.ts';
import { listReceipts } from '../db/receipts.ts';
import { listSubjectsOfAccount } from '../db/vault.ts';
import type { Activities } from '../machines/activities.ts';
import { digestOf } from './canonical-json.ts';
import type { ActivityDeps } from './deps.ts';
import type { BodiesOf, Invocation } from './invocation.ts';
import { claimsThatGo, leaveClaims } from './parties.ts';
import { repairsThatGo, tellRepairsOfErasure } from './parties-of-repairs.ts';

export type ErasureStep =
  | 'stopAccountWorkflows'
  | 'fenceAccount'
  | 'eraseSessionsAndFiles'
  | 'deleteAccountRows'
  | 'destroyAccountKey'
  | 'deleteAccountExecutions'
  | 'issueCertificate';

/** How long one try waits for others before the activity is tried again; less than a worker gives it. */
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/** Receipt states in which the receipt goes on without the account, because money is still on its way back. */
const outlives = ['received', 'unapplied', 'refundDue'];

/** Receipt states in which nothing is owed any more. */
const settled = ['refunded', 'settled'];

export function erasureActivities(deps: ActivityDeps): BodiesOf<ErasureStep> {
  const { db, keys, executions } = deps;

  /**
   * Ends what is open under the account, and notes every run of it. Receipts with money owed back go on: they belong to
   * the ledger. Nothing is ended before its own messages have left and its last step is stored.
   */
  async function stopAccountWorkflows(accountId: string) {
    const known = await findErasure(db, accountId);
    if (known) return { workflows: known.counts['workflows'] ?? 0 };
    const waitFor = patience();
    await leaveClaims(db, accountId, waitFor);
    await tellRepairsOfErasure(db, executions, accountId, waitFor);
    const instances = await listInstancesOfTenant(db, accountId);
    for (const { id } of instances) {
      await waitFor(`messages of ${id}`, async () => (await countMessagesFrom(db, id)) === 0);
    }
    const shared = [...(await claimsThatGo(db, accountId)), ...(await repairsThatGo(db, accountId))];
    const stopped = [...instances.map((instance) => instance.id), ...shared];
    for (const { id } of await listReceipts(db, { accountId })) {
      const workflowId = `receipt-${id}`;
      await waitFor(workflowId, async () => {
        const sequence = await executions.restsAt(workflowId);
        if (sequence === 'busy') return false;
        return sequence === undefined || (await findSequence(db, workflowId)) >= sequence;
      });
    }
    // Read again: the steps that were waited for may have changed what is owed.
    for (const { id, state } of await listReceipts(db, { accountId })) {
      if (outlives.includes(state)) continue;
      // Its account told it what is owed back, or that nothing is. One that did not take it in must not lose the money.
      if (!settled.includes(state))
        throw new Error(`Receipt ${id} is still '${state}': what is owed back is not decided`);
      stopped.push(`receipt-${id}`);
    }
    for (const id of stopped) {
      const isEnding = await isClosedSoon(id);
      if (!isEnding) await executions.terminate(id, 'The account is being erased');
      await waitFor(id, async () => !(await executions.isOpen(id)));
    }
    const runs = (await Promise.all(stopped.map((id) => executions.runs(id)))).flat();
    const noted = await insertErasure(db, { accountId, executions: runs, counts: { workflows: stopped.length } });
    return { workflows: noted.counts['workflows'] ?? 0 };
  }

  /** A workflow whose last step is stored ends by itself in a moment; one that waits for something does not. */
  async function isClosedSoon(workflowId: string): Promise<boolean> {
    const row = await db.selectFrom('instances').select('status').where('id', '=', workflowId).executeTakeFirst();
    const tries = row?.status === 'active' ? 1 : 40;
    for (let n = 0; n < tries; n += 1) {
      if (!(await executions.isOpen(workflowId))) return true;
      if (n + 1 < tries) await sleep(POLL_MS);
    }
    return false;
  }

  async function eraseSessionsAndFiles(accountId: string) {
    const stored = await db
      .selectFrom('files')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow();
    const counts = await noteErasure(db, accountId, { counts: { files: stored.n } });
    // The folder first: while there are rows, a crash here leads back here.
    await rm(join(deps.filesDir, accountId), { recursive: true, force: true });
    await db.deleteFrom('files').where('account_id', '=', accountId).execute();
    return counts;
  }

  async function deleteAccountRows(accountId: string) {
    return await db.transaction().execute(async (trx) => {
      const account = await findAccount(trx, accountId);
      const noted = await findErasure(trx, accountId);
      const before = noted?.counts['rows'];
      if (before !== undefined) return { rows: before };
      const subjects = new Set([accountId, ...(await listSubjectsOfAccount(trx, accountId))]);
      const { counts, shared } = await deleteRowsOfAccount(trx, accountId, account?.number ?? null);
      const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const known = new Set(noted?.executions.map(({ runId }) => runId));
      const runs = (await Promise.all(shared.map((id) => executions.runs(id)))).flat();
      return await noteErasure(trx, accountId, {
        counts: { rows },
        subjects: [...subjects],
        executions: runs.filter(({ runId }) => !known.has(runId)),
      });
    });
  }

  async function destroyAccountKey(accountId: string) {
    const noted = await findErasure(db, accountId);
    const subjects = noted?.subjects ?? [accountId];
    for (const subject of subjects) await keys.destroy(subject);
    return await noteErasure(db, accountId, { counts: { keys: subjects.length } });
  }

  async function deleteAccountExecutions(accountId: string) {
    const noted = await findErasure(db, accountId);
    const all = noted?.executions ?? [];
    const waitFor = patience();
    // Asked for until each is gone: one that has just closed comes back for a while.
    await waitFor('executions that are being deleted', async () => {
      const gone = await Promise.all(all.map((execution) => executions.isGone(execution)));
      const left = all.filter((_execution, index) => gone[index] !== true);
      for (const execution of left) await executions.delete(execution);
      return left.length === 0;
    });
    return await noteErasure(db, accountId, { counts: { executions: all.length } });
  }

  async function certify(input: Activities['issueCertificate'][0], { at }: Invocation) {
    return await db.transaction().execute(async (trx) => {
      const number = input.certificateNumber ?? (await reserveCertificate(trx, input.accountId, at));
      const content = {
        number,
        accountNumber: input.accountNumber,
        reason: input.reason,
        clause: input.clause,
        counts: input.counts,
        decidedAt: input.decidedAt,
        erasedAt: at,
      };
      await issueCertificate(trx, { ...content, hash: digestOf(content) });
      await deleteErasure(trx, input.accountId);
      const issued = await findCertificate(trx, number);
      if (issued?.hash == null) throw ApplicationFailure.nonRetryable(`Certificate ${number} was never reserved`);
      return { certificateNumber: number, hash: issued.hash };
    });
  }

  return {
    stopAccountWorkflows: ({ accountId }) => stopAccountWorkflows(accountId),
    fenceAccount: async ({ accountId }, { at }) => {
      await db.transaction().execute((trx) => fenceAccount(trx, accountId, at));
      return {};
    },
    eraseSessionsAndFiles: ({ accountId }) => eraseSessionsAndFiles(accountId),
    deleteAccountRows: ({ accountId }) => deleteAccountRows(accountId),
    destroyAccountKey: ({ accountId }) => destroyAccountKey(accountId),
    deleteAccountExecutions: ({ accountId }) => deleteAccountExecutions(accountId),
    issueCertificate: certify,
  };
}

/** Waits that together take a bounded time; then the activity fails, and is tried again. */
function patience(): (what: string, isThere: () => Promise<boolean>) => Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  return async (what, isThere) => {
    for (let wait = POLL_MS / 2; !(await isThere()); wait = Math.min(wait * 2, 500)) {
      if (performance.now() > giveUpAt) {
        throw ApplicationFailure.create({ type: 'NotYet', message: `Still waiting for ${what}` });
      }
      await sleep(wait);
    }
  };
}
