import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../activities/canonical-json.ts';
import { startDispatcher } from '../../activities/dispatcher.ts';
import type { Executions } from '../../activities/executions.ts';
import { createActivities, effects } from '../../activities/index.ts';
import { postgresStore } from '../../activities/store.ts';
import { AccountErased, findAccount } from '../../db/accounts.ts';
import { insertClaimFacts, insertRepairFacts } from '../../db/analysis.ts';
import { findCertificate } from '../../db/certificates.ts';
import { insertClaim } from '../../db/claims.ts';
import type { NewClaim } from '../../db/claims.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { noteCommand } from '../../db/done-commands.ts';
import { findEvidence, storeEvidence } from '../../db/evidence.ts';
import { FileUnreadable, fileStore } from '../../db/files.ts';
import { fileKeyStore } from '../../db/keys.ts';
import { findReceipt, insertReceipt } from '../../db/receipts.ts';
import type { ExecutionId } from '../../db/schema.ts';
import { createVault, receiptSubject } from '../../db/vault.ts';
import { putSpareUnit } from '../../db/spare-units.ts';
import { insertExtension, insertOwner, insertPolicy, insertUnits, putCampaign, putModel } from '../../db/warranty.ts';
import type { CommitRecord, EffectCall } from '../../engine/store.ts';
import type { Effects } from '../../machines/effects.ts';
import { createDatabase as newDatabase, folder } from '../support/stack.ts';
import { memoryLog, newAccount, newCatalogue, recordOf, someday } from './rows.ts';

let db: Db;
let url: string;
beforeAll(async () => {
  url = await newDatabase();
  db = createDatabase(url);
  await newCatalogue(db);
});
afterAll(() => db.destroy());

const erasedAt = '2028-03-17T16:00:00.000Z';
const steps = [
  'stopAccountWorkflows',
  'fenceAccount',
  'eraseSessionsAndFiles',
  'deleteAccountRows',
  'destroyAccountKey',
  'deleteAccountExecutions',
  'issueCertificate',
] as const;

/** Executions as a Temporal server has them: two runs each, and a deleted one stays readable for two more looks. */
function fakeExecutions(open: string[]) {
  const isOpen = new Set(open);
  const runs = new Map(open.map((id) => [id, [`${id}-run-1`, `${id}-run-2`]]));
  const lingering = new Map<string, number>();
  const executions: Executions = {
    isOpen: (id) => Promise.resolve(isOpen.has(id)),
    restsAt: (id) => Promise.resolve(isOpen.has(id) ? 1 : undefined),
    terminate: (id) => Promise.resolve(void isOpen.delete(id)),
    runs: (id) => Promise.resolve((runs.get(id) ?? []).map((runId): ExecutionId => ({ workflowId: id, runId }))),
    delete: ({ workflowId, runId }) => {
      const left = (lingering.get(runId) ?? 2) - 1;
      lingering.set(runId, left);
      if (left === 0) runs.set(workflowId, runs.get(workflowId)?.filter((one) => one !== runId) ?? []);
      return Promise.resolve();
    },
    isGone: ({ workflowId, runId }) => Promise.resolve(!runs.get(workflowId)?.includes(runId)),
  };
  const remaining = () => [...runs.values()].flat();
  /** One that is over, as far as the server keeps it. */
  const keep = (id: string) => void runs.set(id, [`${id}-run-1`]);
  return { executions, isOpen, remaining, keep };
}

/** An account with something in every place that erasure must reach, and two receipts: one used up, one owed back. */
async function fullAccount() {
  const account = await newAccount(db);
  const [used, owed] = [randomUUID().replaceAll('-', ''), randomUUID().replaceAll('-', '')];
  const open = [`subscription-${account}`, `receipt-${used}`, `receipt-${owed}`];
  const fake = fakeExecutions(open);
  const keys = fileKeyStore(folder());
  const vault = createVault(keys);
  const filesDir = folder();
  const failures = new Set<string>();
  const activities = createActivities({
    db,
    keys,
    filesDir,
    executions: fake.executions,
    failpoint: (name) => {
      if (!failures.delete(name)) return;
      throw new Error(`killed at ${name}`);
    },
  });
  const store = postgresStore(db, effects);
  const effect = <Name extends keyof Effects>(name: Name, params: Effects[Name]): EffectCall => ({
    name,
    params: params as never,
    actor: '',
  });
  const invocation = { key: `key-${account}`, at: someday };
  const { number } = (await activities.assignAccountNumber({ accountId: account } as never, invocation)) as {
    number: string;
  };
  const orderId = `${account}.o1`;
  const issued = (await activities.issueOrder(
    {
      accountId: account,
      orderId,
      kind: 'registration',
      role: 'manufacturer',
      edition: 'professional',
      replaces: null,
      years: 1,
      at: someday,
    } as never,
    invocation,
  )) as { reference: string };
  const warning = (await activities.postNotice(
    { accountId: account, kind: 'overdueWarning', params: {} } as never,
    invocation,
  )) as { certificateNumber: string };
  const newOrder: Effects['recordOrder'] = {
    orderId,
    accountId: account,
    kind: 'registration',
    edition: 'professional',
    replaces: null,
    years: 1,
    unitPrice: 100,
    total: 100,
    currency: 'CNY',
    priceListId: 'pro-2026',
    reference: issued.reference,
    issuedAt: someday,
    dueAt: someday,
    status: 'open',
  };
  const last = recordOf(account, 1, {
    view: { ...recordOf(account, 1).view, status: 'done' },
    effects: [
      effect('recordConfirmation', { accountId: account, version: '1', textHash: 'h', at: someday }),
      effect('recordAccountNumber', { accountId: account, number }),
      effect('recordOrder', newOrder),
      effect('recordAllocation', { orderId, receiptId: used, amount: 100, at: someday }),
      effect('recordTerm', {
        accountId: account,
        n: 1,
        orderId,
        years: 1,
        startsAt: someday,
        endsAt: someday,
        at: someday,
      }),
      effect('recordCredit', { accountId: account, balance: 1, currency: 'CNY', at: someday }),
      effect('recordStatement', { accountId: account, paid: 1, owed: 0, refunded: 0, currency: 'CNY', at: someday }),
      effect('recordEnd', { accountId: account, reason: 'overdue', clause: 'C5', at: someday }),
    ],
  });
  await store.commit([last]);
  for (const [id, state, due] of [
    [used, 'settled', 0],
    [owed, 'refundDue', 100],
  ] as const) {
    await insertReceipt(db, {
      id,
      source: 'bank',
      bankTransactionHash: `hash-${id}`,
      bankTransactionId: `bank-${id}`,
      amount: 100,
      currency: 'CNY',
      reference: issued.reference,
      bookedOn: '2027-03-10',
      clock: null,
      recordedAt: someday,
    });
    await db
      .transaction()
      .execute((trx) =>
        vault.put(trx, { subject: receiptSubject(id), name: 'payer', accountId: null, value: `Payer of ${id}` }),
      );
    await store.commit([
      recordOf(undefined, 1, {
        instance: `receipt-${id}`,
        machine: 'receipt',
        effects: [
          effect('recordReceipt', {
            receiptId: id,
            state,
            reference: issued.reference,
            accountId: account,
            orderId,
            applied: 100 - due,
            credited: 0,
            refundDue: due,
            reason: null,
            refundTransactionId: null,
            at: someday,
          }),
        ],
      }),
    ]);
  }
  await db
    .transaction()
    .execute((trx) =>
      vault.put(trx, { subject: account, name: 'contact', accountId: account, value: { email: 'li@tools.example' } }),
    );
  const disk = fileStore(filesDir, keys);
  const photo = evidenceOf(account);
  const { digest } = await db.transaction().execute((trx) => storeEvidence(trx, disk, photo));
  const sealed = readFileSync(join(filesDir, account, digest));
  // What crashes have left: a file that no row names, and one that was not finished.
  await disk.write(account, photo.sha256, photo.bytes);
  writeFileSync(join(filesDir, account, '00.part'), 'half');
  await warrantyOf(account);

  const run = async (step: (typeof steps)[number], counts: Record<string, number> = {}) =>
    (await activities[step](
      (step === 'issueCertificate'
        ? {
            accountId: account,
            accountNumber: number,
            certificateNumber: warning.certificateNumber,
            reason: 'overdue',
            clause: 'C5',
            decidedAt: someday,
            counts,
          }
        : { accountId: account }) as never,
      { key: `erasure-${account}/${step}/1`, at: erasedAt },
    )) as Record<string, number>;
  const files = {
    exist: () => existsSync(join(filesDir, account)),
    /** From a backup that somebody kept. */
    readFromBackup: async () => {
      mkdirSync(join(filesDir, account));
      writeFileSync(join(filesDir, account, digest), sealed);
      return await disk.read(account, photo.sha256, digest);
    },
    storeAgain: () =>
      db.transaction().execute((trx) => storeEvidence(trx, disk, { ...photo, bytes: Buffer.from('another') })),
  };
  return {
    account,
    number,
    used,
    owed,
    open,
    fake,
    keys,
    vault,
    store,
    last,
    run,
    failures,
    activities,
    files,
    issued,
    warning,
  };
}

function evidenceOf(accountId: string) {
  const bytes = Buffer.from('a photo');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { accountId, sha256, mediaType: 'image/jpeg', bytes, at: someday };
}

/** An order that a manufacturer without a known customer waits for. */
function repairOf(manufacturerId: string, repairId: string): Effects['recordRepair'] {
  return {
    repairId,
    claimId: repairId.slice(0, -2),
    n: 1,
    manufacturerId,
    customerId: null,
    centerId: null,
    rma: null,
    serial: 'S-1',
    modelId: 'M',
    state: 'unassigned',
    place: 'customer',
    finding: null,
    failedTests: 0,
    outcome: null,
    at: someday,
  };
}

function claimOf(id: string, manufacturerId: string, customerId: string): NewClaim {
  const unit = { serial: 'S-1', modelId: 'M', batch: null, failedOn: '2028-02-01', region: null, currency: 'CNY' };
  const parties = { manufacturerId, customerId, claimant: customerId, filedBy: 'customer' as const };
  const lines = [{ lineId: 'l1', component: null, cause: 'defect', usage: {} }];
  return { ...unit, ...parties, id, clock: null, recovers: null, lines, evidence: [], at: someday };
}

/** One of everything that a manufacturer keeps about its products, and a unit of somebody else's that it bought itself. */
async function warrantyOf(account: string): Promise<void> {
  const other = await newAccount(db);
  await db.transaction().execute(async (trx) => {
    for (const owner of [account, other]) {
      await putModel(trx, { accountId: owner, id: 'M', name: 'Model', components: [], at: someday });
      await insertUnits(trx, owner, [{ serial: 'S-1', modelId: 'M', batch: null, dates: {} }], someday);
    }
    await insertPolicy(trx, account, 'P', {}, someday);
    await putCampaign(trx, account, 'C', {}, someday);
    const fact = { accountId: account, claimId: 'c', serial: 'S-1', component: null, currency: 'CNY', levelKept: null };
    await insertClaimFacts(trx, [
      {
        ...fact,
        lineId: '1',
        failedOn: '2028-02-01',
        openedAt: someday,
        decidedAt: someday,
        decidedOn: '2028-02-02',
        cause: 'defect',
        outcome: 'repair',
        verdict: 'covered',
        paid: 1,
        repeatOf: null,
      },
    ]);
    await insertRepairFacts(trx, [
      {
        ...fact,
        repairId: 'r',
        authorisedAt: someday,
        receivedAt: null,
        finishedAt: someday,
        finishedOn: '2028-02-03',
        failedTests: 0,
        outcome: 'repaired',
        cost: { parts: 1, labour: 1, shipping: 1 },
        charged: 1,
        parts: [{ part: 'p', quantity: 1 }],
      },
    ]);
    await putSpareUnit(trx, { account_id: account, serial: 'S-2', repair_id: 'r', purpose: 'loaner' });
    await noteCommand(trx, { account_id: account, command: 'c', digest: 'd', done_at: someday });
    await insertExtension(trx, { accountId: account, serial: 'S-1', id: 'E', extension: {}, at: someday });
    for (const [maker, owner] of [
      [account, null],
      [other, account],
    ] as const) {
      await insertOwner(trx, {
        account_id: maker,
        serial: 'S-1',
        n: 1,
        owner_id: owner,
        region: null,
        since: '2028-01-01',
        proof: null,
        proof_by: null,
        command: 'c',
        recorded_at: someday,
      });
    }
  });
}

/** Every row in the database in which this text stands, by table. */
async function tablesWith(text: string): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found: Record<string, number> = {};
  for (const { name } of rows) {
    const { rowCount } = await client.query(`select 1 from "${name}" t where t::text like $1`, [`%${text}%`]);
    if (rowCount) found[name] = rowCount;
  }
  await client.end();
  return found;
}

type Full = Awaited<ReturnType<typeof fullAccount>>;

async function expectErased(full: Full, counts: Record<string, number>): Promise<void> {
  const { account, number, used, owed, fake, keys, files, warning } = full;
  // Ids are all that is left, where the fence and the certificate need them, and in the receipt that is owed back.
  expect(await tablesWith(account)).toEqual({ accounts: 1, account_numbers: 1, certificates: 1 });
  expect(await findAccount(db, account)).toMatchObject({ number, erased_at: erasedAt, token_hash: null, role: null });
  expect(await findReceipt(db, used)).toMatchObject({
    account_number: number,
    bank_transaction_id: null,
    applied: 100,
  });
  expect(await findReceipt(db, owed)).toMatchObject({
    state: 'refundDue',
    account_number: number,
    refund_due: 100,
    bank_transaction_id: `bank-${owed}`,
    account_id: null,
  });
  expect(files.exist()).toBe(false);
  expect(await keys.count()).toBe(0);
  expect([...fake.isOpen]).toEqual([`receipt-${owed}`]);
  expect(fake.remaining()).toEqual([`receipt-${owed}-run-1`, `receipt-${owed}-run-2`]);
  expect(await db.selectFrom('erasures').select('account_id').where('account_id', '=', account).execute()).toEqual([]);
  expect(counts).toEqual({ workflows: 2, files: 1, rows: 32, keys: 3, executions: 4 });
  const certificate = await findCertificate(db, warning.certificateNumber);
  const { account_id: _id, reserved_at: _reserved, hash, ...content } = certificate!;
  expect(content).toEqual({
    number: warning.certificateNumber,
    account_number: number,
    reason: 'overdue',
    clause: 'C5',
    counts,
    decided_at: someday,
    erased_at: erasedAt,
  });
  expect(hash).toBe(
    digestOf({
      number: content.number,
      accountNumber: number,
      reason: 'overdue',
      clause: 'C5',
      counts,
      decidedAt: someday,
      erasedAt,
    }),
  );
}

describe('erasure', () => {
  it('leaves of an account its number, the ledger and the certificate [C5]', async () => {
    const full = await fullAccount();
    let counts: Record<string, number> = {};
    for (const step of steps) {
      const answer = await full.run(step, counts);
      if (step !== 'issueCertificate') counts = { ...counts, ...answer };
    }
    await expectErased(full, counts);
    expect(await findEvidence(db, full.account, evidenceOf(full.account).sha256)).toBeUndefined();
    await expect(full.files.readFromBackup()).rejects.toThrow(FileUnreadable);
  });

  it('comes to the same end when every step is killed before, after and in its answer, and repeated once more [C5]', async () => {
    const full = await fullAccount();
    let counts: Record<string, number> = {};
    for (const step of steps) {
      for (const point of [`erasure.${step}.before`, `erasure.${step}.after`, `activity.after:${step}`]) {
        full.failures.add(point);
        await expect(full.run(step, counts)).rejects.toThrow(`killed at ${point}`);
      }
      const answer = await full.run(step, counts);
      expect(await full.run(step, counts)).toEqual(answer);
      if (step !== 'issueCertificate') counts = { ...counts, ...answer };
    }
    await expectErased(full, counts);
  });

  it('does not begin while a receipt has not heard what is owed back: its money would be lost [C5, C6]', async () => {
    const full = await fullAccount();
    await db.updateTable('receipts').set({ state: 'applied' }).where('id', '=', full.used).execute();
    await expect(full.run('stopAccountWorkflows', {})).rejects.toThrow(`Receipt ${full.used} is still 'applied'`);
    expect([...full.fake.isOpen]).toEqual(full.open);
    await db.updateTable('receipts').set({ state: 'settled' }).where('id', '=', full.used).execute();
    await full.run('stopAccountWorkflows', {});
    expect([...full.fake.isOpen]).toEqual([`receipt-${full.owed}`]);
  });

  it('is not undone by anybody who writes late [C5]', async () => {
    const full = await fullAccount();
    const { account, store, vault, activities, last } = full;
    let counts: Record<string, number> = {};
    for (const step of steps) counts = { ...counts, ...(await full.run(step, counts)) };
    const before = await tablesWith(account);
    const late = { key: `late-${account}`, at: erasedAt };
    expect(await store.commit([last])).toEqual({ fenced: true });
    for (const [name, input] of [
      ['assignAccountNumber', { accountId: account }],
      ['postNotice', { accountId: account, kind: 'renewed', params: {} }],
      [
        'issueOrder',
        {
          accountId: account,
          orderId: `${account}.o9`,
          role: 'manufacturer',
          edition: 'professional',
          replaces: null,
          years: 1,
          at: someday,
        },
      ],
    ] as const) {
      await expect(activities[name](input as never, late)).rejects.toMatchObject({ type: 'AccountErased' });
    }
    const put = db
      .transaction()
      .execute((trx) => vault.put(trx, { subject: account, name: 'contact', accountId: account, value: 'back again' }));
    await expect(put).rejects.toThrow(AccountErased);
    await expect(full.files.storeAgain()).rejects.toThrow(AccountErased);
    expect(full.files.exist()).toBe(false);
    // Who forgets to ask is refused by the database itself.
    const row = {
      account_id: account,
      digest: 'd',
      sha256: 'd',
      media_type: 'image/jpeg',
      size: 1,
      stored_at: someday,
    };
    const insert = db.insertInto('files').values(row);
    await expect(insert.execute()).rejects.toMatchObject({ code: 'PA001' });
    expect(await tablesWith(account)).toEqual(before);
    expect(await full.keys.count()).toBe(0);
    expect(
      await activities.matchReference({ reference: full.issued.reference, currency: 'CNY' } as never, late),
    ).toEqual({
      matched: false,
      reason: 'closedAccount',
    });
  });

  it('takes a repair with it that has let go of the account and that nobody else has [C5, W7]', async () => {
    const full = await fullAccount();
    const { account, store, fake } = full;
    const repairId = `${randomUUID()}.1`;
    const instance = `repair-${repairId}`;
    const step = (sequence: number, over: Partial<Effects['recordRepair']>): CommitRecord => {
      const params = { ...repairOf(account, repairId), ...over };
      const effects = [{ name: 'recordRepair', params: params as never, actor: '' }];
      const { view } = recordOf(undefined, sequence);
      const status = params.state === 'closed' ? 'done' : 'active';
      return recordOf(undefined, sequence, { instance, machine: 'repair', effects, view: { ...view, status } });
    };
    await store.commit([step(1, {})]);
    fake.keep(instance);
    // The machine of an order that nobody has accepted: it forgets its manufacturer, and is over.
    const dispatcher = startDispatcher({
      db,
      deliver: async ({ to, event }) => {
        expect([to.id, event?.type]).toEqual([instance, 'party.erased']);
        await store.commit([step(2, { manufacturerId: null, state: 'closed', outcome: 'stopped' })]);
        return 'delivered';
      },
      log: memoryLog(),
      pollMs: 20,
    });
    let counts: Record<string, number> = {};
    for (const one of steps) counts = { ...counts, ...(await full.run(one, counts)) };
    await dispatcher.stop();
    expect(await tablesWith(repairId)).toEqual({});
    expect(fake.remaining()).toEqual([`receipt-${full.owed}-run-1`, `receipt-${full.owed}-run-2`]);
  });

  it('of two accounts at once leaves no workflow of what they had between them [C5, W7]', async () => {
    const full = await fullAccount();
    const { account: maker, store, fake, activities } = full;
    const buyer = await newAccount(db);
    const claimId = randomUUID();
    const repair = { ...repairOf(maker, `${claimId}.1`), customerId: buyer, state: 'closed', outcome: 'repaired' };
    await db.transaction().execute(async (trx) => {
      await insertClaim(trx, claimOf(claimId, maker, buyer));
      await trx.updateTable('claims').set({ closed_at: someday }).where('id', '=', claimId).execute();
    });
    await store.commit([
      recordOf(undefined, 1, {
        instance: `repair-${claimId}.1`,
        machine: 'repair',
        view: { ...recordOf(undefined, 1).view, status: 'done' },
        effects: [{ name: 'recordRepair', params: repair as never, actor: '' }],
      }),
    ]);
    for (const id of [`claim-${claimId}`, `repair-${claimId}.1`]) fake.keep(id);
    for (const one of steps) {
      await full.run(one);
      const input = { accountId: buyer, certificateNumber: null, counts: {} };
      await activities[one](input as never, { key: `${buyer}/${one}`, at: erasedAt });
    }
    expect(await tablesWith(claimId)).toEqual({});
    expect(fake.remaining()).toEqual([`receipt-${full.owed}-run-1`, `receipt-${full.owed}-run-2`]);
  });

  it('certifies an account that was never warned under a number of its own, once [C5, V5]', async () => {
    const full = await fullAccount();
    const account = await newAccount(db);
    const input = {
      accountId: account,
      accountNumber: null,
      certificateNumber: null,
      reason: 'lapsed',
      clause: 'C5',
      decidedAt: someday,
      counts: {},
    };
    const certify = (at: string) =>
      full.activities.issueCertificate(input as never, { key: 'k', at }) as Promise<{ certificateNumber: string }>;
    const first = await certify(erasedAt);
    expect(first.certificateNumber).toMatch(/^EC\d+$/);
    expect(await certify(someday)).toEqual(first);
  });
});
