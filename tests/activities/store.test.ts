import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { effects } from '../../activities/index.ts';
import { postgresStore } from '../../activities/store.ts';
import { fenceAccount } from '../../db/accounts.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { findInstance, listAudit } from '../../db/instances.ts';
import { insertClock } from '../../db/clocks.ts';
import { CommitConflict } from '../../engine/store.ts';
import { createDatabase as newDatabase } from '../support/stack.ts';
import { newAccount, recordOf, someday } from './rows.ts';

let db: Db;
let url: string;
beforeAll(async () => {
  url = await newDatabase();
  db = createDatabase(url, { max: 25 });
});
afterAll(() => db.destroy());

const messageTo = (id: string) => ({ to: { machine: 'receipt', id }, event: { type: 'receipt.applied' } });
const outboxOf = (sender: string) =>
  db.selectFrom('outbox').selectAll().where('sender', '=', sender).orderBy('position').execute();

describe('the store in Postgres', () => {
  it('writes read model, audit, effects and messages of a record together', async () => {
    const account = await newAccount(db);
    const store = postgresStore(db, effects);
    const record = recordOf(account, 1, {
      effects: [
        {
          name: 'recordConfirmation',
          params: { accountId: account, version: '1', textHash: 'h', at: someday },
          actor: '',
        },
      ],
      messages: [messageTo('receipt-1'), messageTo('receipt-2')],
    });
    expect(await store.commit([record])).toEqual({ stored: 1 });
    const instance = await findInstance(db, record.instance);
    expect(instance).toMatchObject({
      sequence: 1,
      tenant: account,
      value: { step: 's1' },
      tags: ['readable'],
      words: 'In step 1',
      next_due_at: '2028-03-10T16:00:00.000Z',
      updated_at: someday,
    });
    expect(await listAudit(db, record.instance)).toMatchObject([{ sequence: 1, effects: ['recordConfirmation'] }]);
    expect(await db.selectFrom('confirmations').selectAll().where('account_id', '=', account).execute()).toHaveLength(
      1,
    );
    expect((await outboxOf(record.instance)).map((row) => row.id)).toEqual([
      `${record.instance}.1.0`,
      `${record.instance}.1.1`,
    ]);
  });

  it('takes the same record once, however often it comes', async () => {
    const account = await newAccount(db);
    const store = postgresStore(db, effects);
    const record = recordOf(account, 1, { messages: [messageTo('receipt-3')] });
    await store.commit([record]);
    expect(await store.commit([record])).toEqual({ stored: 1 });
    expect(await store.commit([record, recordOf(account, 2)])).toEqual({ stored: 2 });
    expect(await outboxOf(record.instance)).toHaveLength(1);
    expect(await listAudit(db, record.instance)).toHaveLength(2);
  });

  it('takes the same record once from twenty workers at the same time', async () => {
    const account = await newAccount(db);
    const store = postgresStore(db, effects);
    const record = recordOf(account, 1, {
      effects: [
        {
          name: 'recordTerm',
          params: { accountId: account, n: 1, orderId: 'o', years: 1, startsAt: someday, endsAt: someday, at: someday },
          actor: '',
        },
      ],
      messages: [messageTo('receipt-4')],
    });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.commit([record])));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(new Set(['{"stored":1}']));
    expect(await outboxOf(record.instance)).toHaveLength(1);
    expect(await db.selectFrom('service_terms').selectAll().where('account_id', '=', account).execute()).toHaveLength(
      1,
    );
  });

  it('does not mind in which order the keys of a record stand', async () => {
    const account = await newAccount(db);
    const store = postgresStore(db, effects);
    const record = recordOf(account, 1);
    await store.commit([record]);
    const turned = Object.fromEntries(Object.entries(record).toReversed()) as unknown as typeof record;
    expect(await store.commit([turned])).toEqual({ stored: 1 });
  });

  it('refuses a different record under a known number', async () => {
    const account = await newAccount(db);
    const store = postgresStore(db, effects);
    await store.commit([recordOf(account, 1)]);
    const other = recordOf(account, 1, { at: '2027-03-11T00:00:00.000Z' });
    await expect(store.commit([other])).rejects.toThrow(CommitConflict);
    await expect(store.commit([other, recordOf(account, 2)])).rejects.toThrow(CommitConflict);
    expect((await findInstance(db, other.instance))?.sequence).toBe(1);
  });

  it('refuses a gap and writes nothing of the call', async () => {
    const account = await newAccount(db);
    const store = postgresStore(db, effects);
    await expect(store.commit([recordOf(account, 1), recordOf(account, 3)])).rejects.toThrow(CommitConflict);
    expect(await findInstance(db, recordOf(account, 1).instance)).toBeUndefined();
  });

  it('writes nothing when an effect fails, and everything when it is tried again', async () => {
    const account = await newAccount(db);
    const record = recordOf(account, 1, {
      effects: [{ name: 'flaky', actor: '' }],
      messages: [messageTo('receipt-5')],
    });
    let isBroken = true;
    const store = postgresStore(db, {
      flaky: () => (isBroken ? Promise.reject(new Error('away')) : Promise.resolve()),
    });
    await expect(store.commit([record])).rejects.toThrow('away');
    expect(await findInstance(db, record.instance)).toBeUndefined();
    expect(await outboxOf(record.instance)).toHaveLength(0);
    isBroken = false;
    expect(await store.commit([record])).toEqual({ stored: 1 });
  });

  it('survives a connection that dies in the middle of the transaction', async () => {
    const account = await newAccount(db);
    const record = recordOf(account, 1, {
      effects: [{ name: 'killed', actor: '' }],
      messages: [messageTo('receipt-6')],
    });
    const killer = new pg.Client({ connectionString: url });
    await killer.connect();
    let isFirst = true;
    const store = postgresStore(db, {
      killed: async ({ trx }) => {
        if (!isFirst) return;
        isFirst = false;
        const { rows } = await trx
          .getExecutor()
          .executeQuery<{ pid: number }>(
            trx.selectNoFrom(({ fn }) => fn<number>('pg_backend_pid').as('pid')).compile(),
          );
        await killer.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
        await trx.selectFrom('accounts').select('id').execute();
      },
    });
    await expect(store.commit([record])).rejects.toThrow();
    expect(await findInstance(db, record.instance)).toBeUndefined();
    expect(await store.commit([record])).toEqual({ stored: 1 });
    expect(await outboxOf(record.instance)).toHaveLength(1);
    await killer.end();
  });

  it('says that an erased account is fenced, and writes nothing [C5]', async () => {
    const account = await newAccount(db);
    const store = postgresStore(db, effects);
    await store.commit([recordOf(account, 1)]);
    await db.transaction().execute((trx) => fenceAccount(trx, account, someday));
    expect(await store.commit([recordOf(account, 2)])).toEqual({ fenced: true });
    expect((await findInstance(db, recordOf(account, 1).instance))?.sequence).toBe(1);
  });

  it('lets a commit in flight finish before the account is fenced [C5]', async () => {
    const account = await newAccount(db);
    const order: string[] = [];
    let inside: () => void = () => {};
    const started = new Promise<void>((resolve) => (inside = resolve));
    const store = postgresStore(db, {
      slow: async () => {
        inside();
        await new Promise((resolve) => setTimeout(resolve, 100));
        order.push('commit');
      },
    });
    const commit = store.commit([recordOf(account, 1, { effects: [{ name: 'slow', actor: '' }] })]);
    await started;
    const fence = db
      .transaction()
      .execute((trx) => fenceAccount(trx, account, someday))
      .then(() => order.push('fence'));
    expect(await commit).toEqual({ stored: 1 });
    await fence;
    expect(order).toEqual(['commit', 'fence']);
  });

  it('keeps the clock of the account with the instance', async () => {
    await insertClock(db, 'year', someday, someday);
    const account = await newAccount(db, 'year');
    const store = postgresStore(db, effects);
    const erasure = `erasure-${account}`;
    await store.commit([recordOf(account, 1, { messages: [{ to: { machine: 'erasure', id: erasure }, start: {} }] })]);
    expect((await findInstance(db, `subscription-${account}`))?.clock).toBe('year');
    expect((await outboxOf(`subscription-${account}`))[0]?.clock).toBe('year');
    await store.commit([recordOf(undefined, 1, { instance: erasure, machine: 'erasure' })]);
    expect(await findInstance(db, erasure)).toMatchObject({ clock: 'year', tenant: null });
  });

  it('passes its failpoints before the transaction and after it', async () => {
    const account = await newAccount(db);
    const seen: string[] = [];
    const store = postgresStore(db, effects, {
      failpoint: async (name) => {
        seen.push(`${name} ${(await findInstance(db, `subscription-${account}`))?.sequence ?? 0}`);
      },
    });
    await store.commit([recordOf(account, 1)]);
    expect(seen).toEqual(['commit.before 0', 'commit.after 1']);
  });
});
