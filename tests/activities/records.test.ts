import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActivities, effects } from '../../activities/index.ts';
import type { Executions } from '../../activities/executions.ts';
import { postgresStore } from '../../activities/store.ts';
import { fenceAccount, withCheckDigit } from '../../db/accounts.ts';
import { listAllocations, listOrders } from '../../db/orders.ts';
import { listServiceTerms } from '../../db/account-records.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { fileKeyStore } from '../../db/keys.ts';
import { insertPriceList } from '../../db/price-lists.ts';
import { findReceipt, insertReceipt } from '../../db/receipts.ts';
import { createVault, receiptSubject } from '../../db/vault.ts';
import type { EffectCall } from '../../engine/store.ts';
import type { Activities } from '../../machines/activities.ts';
import type { Effects } from '../../machines/effects.ts';
import { isReference } from '../../machines/reference.ts';
import { createDatabase as newDatabase, folder } from '../support/stack.ts';
import { newAccount, newCatalogue, recordOf, someday } from './rows.ts';

let db: Db;
let ask: <Name extends keyof Activities>(
  name: Name,
  input: Activities[Name][0],
  key?: string,
  at?: string,
) => Promise<Activities[Name][1]>;

beforeAll(async () => {
  db = createDatabase(await newDatabase(), { max: 25 });
  await newCatalogue(db);
  const activities = createActivities({
    db,
    keys: fileKeyStore(folder()),
    filesDir: folder(),
    executions: {} as Executions,
  });
  ask = async (name, input, key = randomUUID(), at = someday) =>
    (await activities[name](input as never, { key, at })) as never;
});
afterAll(() => db.destroy());

const order = (accountId: string, orderId = `${accountId}.o1`, at = someday) =>
  ({
    accountId,
    orderId,
    kind: 'registration',
    role: 'manufacturer',
    edition: 'professional',
    replaces: null,
    years: 1,
    at,
  }) as const;

const effect = <Name extends keyof Effects>(name: Name, params: Effects[Name]): EffectCall => ({
  name,
  params: params as never,
  actor: '',
});

const newReceipt = (transaction: string = randomUUID()) =>
  insertReceipt(db, {
    id: createHash('sha256').update(`bank|${transaction}`).digest('hex').slice(0, 40),
    source: 'bank',
    bankTransactionHash: createHash('sha256').update(`bank|${transaction}`).digest('hex'),
    bankTransactionId: transaction,
    amount: 1_200_000,
    currency: 'CNY',
    reference: null,
    bookedOn: '2027-03-10',
    clock: null,
    recordedAt: someday,
  });

const receiptDecision = (
  receiptId: string,
  over: Partial<Effects['recordReceipt']> = {},
): Effects['recordReceipt'] => ({
  receiptId,
  state: 'applied',
  reference: null,
  accountId: null,
  orderId: null,
  applied: 1_200_000,
  credited: 0,
  refundDue: 0,
  reason: null,
  refundTransactionId: null,
  at: someday,
  ...over,
});

describe('account numbers', () => {
  it('are given once to an account, also to twenty at the same time [U2]', async () => {
    const account = await newAccount(db);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask('assignAccountNumber', { accountId: account })),
    );
    expect(new Set(answers.map(({ number }) => number)).size).toBe(1);
  });

  it('differ between accounts, end in a check digit, and are never given again after erasure [U2]', async () => {
    const accounts = await Promise.all(Array.from({ length: 10 }, () => newAccount(db)));
    const numbers = await Promise.all(
      accounts.map(async (accountId) => (await ask('assignAccountNumber', { accountId })).number),
    );
    expect(new Set(numbers).size).toBe(10);
    for (const number of numbers) expect(withCheckDigit(number.slice(0, -1))).toBe(number);
    const [erased = ''] = accounts;
    await db.transaction().execute((trx) => fenceAccount(trx, erased, someday));
    const next = await ask('assignAccountNumber', { accountId: await newAccount(db) });
    expect(numbers).not.toContain(next.number);
    await expect(ask('assignAccountNumber', { accountId: erased })).rejects.toMatchObject({
      type: 'AccountErased',
      nonRetryable: true,
    });
  });

  it('have the check digit that Luhn gives', () => {
    expect(withCheckDigit('7992739871')).toBe('79927398713');
  });
});

describe('issuing an order', () => {
  it('takes the price in effect then and a payment reference of its own, once [C3, C8]', async () => {
    const account = await newAccount(db);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('issueOrder', order(account), 'same')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const [first] = answers;
    expect(first).toMatchObject({
      priceListId: 'pro-2026',
      unitPrice: 1_200_000,
      currency: 'CNY',
      counterpartyId: 'company',
    });
    expect(isReference(first?.reference ?? '')).toBe(true);
    const second = await ask('issueOrder', order(account, `${account}.o2`));
    expect(second.reference).not.toBe(first?.reference);
  });

  it('keeps its price when a newer list is posted for the same time [C8]', async () => {
    const account = await newAccount(db);
    const before = await ask('issueOrder', order(account));
    await insertPriceList(db, {
      id: `own-${account}`,
      role: 'manufacturer',
      edition: 'professional',
      currency: 'CNY',
      yearlyAmount: 900_000,
      effectiveFrom: '2026-06-01T00:00:00.000Z',
      accountId: account,
      createdAt: someday,
    });
    expect(await ask('issueOrder', order(account))).toEqual(before);
    expect(await ask('issueOrder', order(account, `${account}.o2`))).toMatchObject({ unitPrice: 900_000 });
    const other = await newAccount(db);
    expect(await ask('issueOrder', order(other))).toMatchObject({ unitPrice: 1_200_000 });
  });

  it('of an upgrade takes the difference of the prices in effect, never below zero [E2, C8]', async () => {
    const account = await newAccount(db);
    const upgrade = (n: number) =>
      ({
        ...order(account, `${account}.o${n}`),
        kind: 'upgrade',
        edition: 'enterprise',
        replaces: 'professional',
        years: 0,
      }) as const;
    const list = (id: string, yearlyAmount: number, currency = 'CNY') =>
      insertPriceList(db, {
        id: `${id}-${account}`,
        role: 'manufacturer',
        edition: 'enterprise',
        currency,
        yearlyAmount,
        effectiveFrom: '2026-06-01T00:00:00.000Z',
        accountId: account,
        createdAt: someday,
      });
    await list('foreign', 2_000_000, 'USD');
    await expect(ask('issueOrder', upgrade(2))).rejects.toMatchObject({ type: 'NoPriceInEffect', nonRetryable: false });
    await db.deleteFrom('price_lists').where('account_id', '=', account).execute();
    await list('dear', 2_000_000);
    const issued = await ask('issueOrder', upgrade(2));
    expect(issued).toMatchObject({ priceListId: `dear-${account}`, unitPrice: 800_000, currency: 'CNY' });
    await db.deleteFrom('price_lists').where('account_id', '=', account).execute();
    await list('cheap', 1_000_000);
    expect(await ask('issueOrder', upgrade(2))).toEqual(issued);
    expect(await ask('issueOrder', upgrade(3))).toMatchObject({ unitPrice: 0 });
  });

  it('waits for a price that is not there yet [C8]', async () => {
    const account = await newAccount(db);
    const early = order(account, `${account}.o1`, '2025-12-31T23:59:59.999Z');
    await expect(ask('issueOrder', early)).rejects.toMatchObject({ type: 'NoPriceInEffect', nonRetryable: false });
  });
});

describe('a payment reference', () => {
  it('leads to its order, or says why not [C6]', async () => {
    const account = await newAccount(db);
    const { reference } = await ask('issueOrder', order(account));
    expect(await ask('matchReference', { reference, currency: 'CNY' })).toEqual({
      matched: true,
      accountId: account,
      orderId: `${account}.o1`,
    });
    const refused = async (given: string | null, currency: string) =>
      (await ask('matchReference', { reference: given, currency })) as { reason?: string };
    expect((await refused(reference, 'EUR')).reason).toBe('wrongCurrency');
    expect((await refused('RF00', 'CNY')).reason).toBe('unknownReference');
    expect((await refused(null, 'CNY')).reason).toBe('noReference');
    await db.transaction().execute((trx) => fenceAccount(trx, account, someday));
    expect((await refused(reference, 'CNY')).reason).toBe('closedAccount');
  });
});

describe('a notice', () => {
  it('is posted once, with one e-mail copy, however often it is asked for [A6]', async () => {
    const account = await newAccount(db);
    const notice = { accountId: account, kind: 'renewalNotice', params: { expiresAt: someday } } as const;
    const posted = await Promise.all(Array.from({ length: 20 }, () => ask('postNotice', notice, `key-${account}`)));
    expect(new Set(posted.map(({ noticeId }) => noticeId)).size).toBe(1);
    expect(await db.selectFrom('notices').selectAll().where('account_id', '=', account).execute()).toMatchObject([
      { posted_at: someday, delivered_at: null, params: { expiresAt: someday } },
    ]);
    expect(await db.selectFrom('outbox').selectAll().where('tenant', '=', account).execute()).toMatchObject([
      { kind: 'mail', id: `mail-${posted[0]?.noticeId}` },
    ]);
  });

  it('that warns of the deletion names the certificate, always the same one of an account [C5]', async () => {
    const account = await newAccount(db);
    const warn = () => ask('postNotice', { accountId: account, kind: 'overdueWarning', params: {} });
    const first = await warn();
    expect(first.certificateNumber).toMatch(/^EC\d+$/);
    expect((await warn()).certificateNumber).toBe(first.certificateNumber);
    const plain = await ask('postNotice', { accountId: account, kind: 'activated', params: {} });
    expect(plain.certificateNumber).toBeNull();
  });

  it('is not posted to an erased account [C5]', async () => {
    const account = await newAccount(db);
    await db.transaction().execute((trx) => fenceAccount(trx, account, someday));
    const notice = { accountId: account, kind: 'renewed', params: {} } as const;
    await expect(ask('postNotice', notice)).rejects.toMatchObject({ type: 'AccountErased' });
    expect(await db.selectFrom('notices').selectAll().where('account_id', '=', account).execute()).toEqual([]);
  });
});

describe('the records of a subscription', () => {
  it('keep order, payment, term, number, credit, statement and end as the machine decided them', async () => {
    const account = await newAccount(db);
    const issued = await ask('issueOrder', order(account));
    const { number } = await ask('assignAccountNumber', { accountId: account });
    const { noticeId } = await ask('postNotice', { accountId: account, kind: 'overdueWarning', params: {} });
    const { receipt } = await newReceipt();
    const orderId = `${account}.o1`;
    const at = someday;
    await postgresStore(db, effects).commit([
      recordOf(account, 1, {
        effects: [
          effect('recordOrder', {
            orderId,
            accountId: account,
            kind: 'registration',
            edition: 'professional',
            replaces: null,
            years: 1,
            unitPrice: issued.unitPrice,
            total: issued.unitPrice,
            currency: issued.currency,
            priceListId: issued.priceListId,
            reference: issued.reference,
            issuedAt: at,
            dueAt: '2027-03-24T16:00:00.000Z',
            status: 'open',
          }),
          effect('recordAllocation', { orderId, receiptId: receipt.id, amount: 1_200_000, at }),
          effect('recordOrderStatus', { orderId, status: 'paid', received: 1_200_000, at }),
          effect('recordAccountNumber', { accountId: account, number }),
          effect('recordTerm', { accountId: account, n: 1, orderId, years: 1, startsAt: at, endsAt: at, at }),
          effect('recordCredit', { accountId: account, balance: 5, currency: 'CNY', at }),
          effect('recordCredit', { accountId: account, balance: 0, currency: 'CNY', at }),
          effect('recordNoticeDelivered', { noticeId, deliveredAt: at, deletesAt: '2028-03-17T16:00:00.000Z' }),
          effect('recordStatement', { accountId: account, paid: 1, owed: 2, refunded: 0, currency: 'CNY', at }),
          effect('recordEnd', { accountId: account, reason: 'terminated', clause: 'V5', at }),
        ],
      }),
    ]);
    expect(await listOrders(db, account)).toMatchObject([
      { id: orderId, status: 'paid', received: 1_200_000, counterparty_id: 'company' },
    ]);
    expect(await listAllocations(db, account)).toMatchObject([{ receipt_id: receipt.id, amount: 1_200_000 }]);
    expect(await listServiceTerms(db, account)).toHaveLength(1);
    expect((await db.selectFrom('accounts').select('number').where('id', '=', account).execute())[0]?.number).toBe(
      number,
    );
    expect(
      await db.selectFrom('account_credits').select('balance').where('account_id', '=', account).execute(),
    ).toEqual([{ balance: 0 }]);
    expect(await db.selectFrom('notices').selectAll().where('id', '=', noticeId).execute()).toMatchObject([
      { delivered_at: at, deletes_at: '2028-03-17T16:00:00.000Z' },
    ]);
  });
});

describe('receipts on their way to an account', () => {
  it('are waited for until each is decided on, those that an operator assigned too [C5, C6]', async () => {
    const account = await newAccount(db);
    const { reference } = await ask('issueOrder', order(account));
    const wait = () => ask('awaitReceipts', { accountId: account });
    expect(await wait()).toEqual({ decided: true });
    const store = postgresStore(db, effects);
    const { receipt } = await newReceipt();
    const decide = (sequence: number, over: Partial<Effects['recordReceipt']>) =>
      store.commit([
        recordOf(undefined, sequence, {
          instance: `receipt-${receipt.id}`,
          effects: [effect('recordReceipt', receiptDecision(receipt.id, over))],
        }),
      ]);
    // Its text named no order, so it is on its way to nobody, until an operator assigns it.
    expect(await wait()).toEqual({ decided: true });
    await decide(1, { state: 'unapplied', applied: 0 });
    await decide(2, { state: 'received', applied: 0, reference });
    await expect(wait()).rejects.toMatchObject({ type: 'ReceiptsOnTheirWay', nonRetryable: false });
    await decide(3, { state: 'applied', reference, accountId: account, orderId: `${account}.o1` });
    expect(await wait()).toEqual({ decided: true });
  });
});

describe('the ledger of receipts', () => {
  it('takes the same bank transaction once, also from twenty at the same time [C6]', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => newReceipt('transfer-1')));
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(results.map(({ receipt }) => receipt.id)).size).toBe(1);
  });

  it('records money of an erased account under its number, without the account [C5, C6]', async () => {
    const account = await newAccount(db);
    const { number } = await ask('assignAccountNumber', { accountId: account });
    await postgresStore(db, effects).commit([
      recordOf(account, 1, { effects: [effect('recordAccountNumber', { accountId: account, number })] }),
    ]);
    await db.transaction().execute((trx) => fenceAccount(trx, account, someday));
    const { receipt } = await newReceipt();
    const decision = receiptDecision(receipt.id, {
      state: 'unapplied',
      accountId: account,
      orderId: 'o1',
      applied: 0,
      reason: 'closedAccount',
    });
    await postgresStore(db, effects).commit([
      recordOf(undefined, 1, { instance: `receipt-${receipt.id}`, effects: [effect('recordReceipt', decision)] }),
    ]);
    expect(await findReceipt(db, receipt.id)).toMatchObject({
      state: 'unapplied',
      account_id: null,
      order_id: null,
      account_number: number,
      reason: 'closedAccount',
    });
  });

  it('forgets how to send money back once it is sent, when no account keeps it [C6]', async () => {
    const { receipt } = await newReceipt();
    const keys = fileKeyStore(folder());
    const store = postgresStore(db, effects, { keys });
    const subject = receiptSubject(receipt.id);
    const payer = { subject, name: 'payer', accountId: null, value: 'Li Example' };
    await db.transaction().execute((trx) => createVault(keys).put(trx, payer));
    const instance = `receipt-${receipt.id}`;
    const commit = (sequence: number, over: Partial<Effects['recordReceipt']>) =>
      store.commit([
        recordOf(undefined, sequence, {
          instance,
          effects: [effect('recordReceipt', receiptDecision(receipt.id, over))],
        }),
      ]);
    await commit(1, { state: 'refundDue', applied: 0, refundDue: 1_200_000 });
    expect((await findReceipt(db, receipt.id))?.bank_transaction_id).not.toBeNull();
    expect(await keys.count()).toBe(1);
    await commit(2, { state: 'refunded', applied: 0, refundDue: 1_200_000, refundTransactionId: 'back-1' });
    const refunded = await findReceipt(db, receipt.id);
    expect(refunded).toMatchObject({ state: 'refunded', bank_transaction_id: null });
    expect(refunded?.refund_transaction).toMatch(/^[0-9a-f]{64}$/);
    expect(await db.selectFrom('vault_entries').select('name').where('subject', '=', subject).execute()).toEqual([]);
    // What a backup of the database still has cannot be read any more.
    expect(await keys.count()).toBe(0);
  });
});
