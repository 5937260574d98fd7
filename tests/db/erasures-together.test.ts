/** Parties of one claim, one repair and one unit that are erased at the same time: none stops another [W7, C5]. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fenceAccount } from '../../db/accounts.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { deleteRowsOfAccount } from '../../db/erasures.ts';
import { findInstance, upsertInstance } from '../../db/instances.ts';
import { insertOwner, insertUnits, putModel } from '../../db/warranty.ts';
import { newAccount, newCatalogue, someday } from '../activities/rows.ts';
import { createDatabase as newDatabase } from '../support/stack.ts';

let db: Db;
beforeAll(async () => {
  db = createDatabase(await newDatabase());
  await newCatalogue(db);
});
afterAll(() => db.destroy());

/** A claim and a repair that are over, and a unit with an owner; all between three accounts. */
async function shared() {
  const [maker, buyer, center] = [await newAccount(db), await newAccount(db), await newAccount(db)];
  const claim = randomUUID();
  await db.transaction().execute(async (trx) => {
    await putModel(trx, { accountId: maker, id: 'M', name: 'M', components: [], at: someday });
    await insertUnits(trx, maker, [{ serial: 'S-1', modelId: 'M', batch: null, dates: {} }], someday);
    await insertOwner(trx, {
      account_id: maker,
      serial: 'S-1',
      n: 1,
      owner_id: buyer,
      region: null,
      since: '2028-01-01',
      proof: null,
      proof_by: null,
      command: 'c',
      recorded_at: someday,
    });
    const parties = { manufacturer_id: maker, customer_id: buyer, clock: null, serial: 'S-1', model_id: 'M' };
    const over = { state_at: someday, closed_at: someday };
    await trx
      .insertInto('claims')
      .values({
        ...parties,
        ...over,
        id: claim,
        batch: null,
        failed_on: '2028-01-01',
        region: null,
        currency: 'CNY',
        opened_at: someday,
        filed_by: 'customer',
        recovers: null,
        state: 'closed',
        round: 'first',
        outcome: 'repair',
        duplicate_of: null,
        dead_on_arrival: false,
        signals: '[]',
        information: '[]',
      })
      .execute();
    await upsertInstance(trx, {
      id: `claim-${claim}`,
      machine: 'claim',
      version: '1',
      tenant: null,
      clock: null,
      status: 'done',
      value: '"closed"',
      tags: '[]',
      context: JSON.stringify({ manufacturerId: maker, customerId: buyer, serial: 'S-1' }),
      output: 'null',
      deadlines: '[]',
      next_due_at: null,
      words: 'Closed',
      references: '[]',
      children: '{}',
      sequence: 1,
      updated_at: someday,
    });
    await trx
      .insertInto('repairs')
      .values({
        ...parties,
        ...over,
        center_id: center,
        id: `${claim}.1`,
        claim_id: claim,
        n: 1,
        rma: null,
        state: 'closed',
        place: 'customer',
        finding: null,
        failed_tests: 0,
        outcome: 'repaired',
        ordered_at: someday,
      })
      .execute();
  });
  return { parties: { maker, buyer, center }, claim };
}

const orders = [
  ['maker', 'buyer', 'center'],
  ['buyer', 'center', 'maker'],
  ['center', 'maker', 'buyer'],
] as const;

it.each(orders)(
  'with all of them fenced, goes on for %s, then %s, then %s, and leaves nothing [C5, W7]',
  async (...order) => {
    const { parties, claim } = await shared();
    for (const one of order) await db.transaction().execute((trx) => fenceAccount(trx, parties[one], someday));
    for (const one of order) await db.transaction().execute((trx) => deleteRowsOfAccount(trx, parties[one], null));
    expect(await db.selectFrom('claims').select('id').where('id', '=', claim).execute()).toEqual([]);
    expect(await db.selectFrom('repairs').select('id').where('claim_id', '=', claim).execute()).toEqual([]);
    expect(await db.selectFrom('unit_owners').select('n').where('account_id', '=', parties.maker).execute()).toEqual(
      [],
    );
  },
);

it('leaves no id of an erased customer in what a claim remembers that is over [W7]', async () => {
  const { parties, claim } = await shared();
  await db.transaction().execute((trx) => fenceAccount(trx, parties.buyer, someday));
  await db.transaction().execute((trx) => deleteRowsOfAccount(trx, parties.buyer, null));
  const remembered = { manufacturerId: parties.maker, customerId: null, serial: 'S-1' };
  expect((await findInstance(db, `claim-${claim}`))?.context).toEqual(remembered);
});

it('at once, in transactions that overlap, is the same, however they fall together [C5, W7]', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { parties, claim } = await shared();
    const all = Object.values(parties);
    for (const one of all) await db.transaction().execute((trx) => fenceAccount(trx, one, someday));
    await Promise.all(all.map((one) => db.transaction().execute((trx) => deleteRowsOfAccount(trx, one, null))));
    expect(await db.selectFrom('claims').select('id').where('id', '=', claim).execute()).toEqual([]);
    expect(await db.selectFrom('repairs').select('id').where('claim_id', '=', claim).execute()).toEqual([]);
  }
});

it('still lets nobody bring an erased account into a claim, a repair or a unit [C5]', async () => {
  const { parties, claim } = await shared();
  const late = await newAccount(db);
  await db.transaction().execute((trx) => fenceAccount(trx, late, someday));
  const fenced = { code: 'PA001' };
  await expect(
    db.updateTable('claims').set({ customer_id: late }).where('id', '=', claim).execute(),
  ).rejects.toMatchObject(fenced);
  await expect(
    db.updateTable('repairs').set({ center_id: late }).where('claim_id', '=', claim).execute(),
  ).rejects.toMatchObject(fenced);
  await db.transaction().execute((trx) => fenceAccount(trx, parties.buyer, someday));
  await expect(
    db.updateTable('repairs').set({ state: 'open' }).where('claim_id', '=', claim).execute(),
  ).rejects.toMatchObject(fenced);
  // One goes and an erased one comes: no way round the fence.
  await expect(
    db.updateTable('repairs').set({ center_id: null, manufacturer_id: late }).where('claim_id', '=', claim).execute(),
  ).rejects.toMatchObject(fenced);
});
