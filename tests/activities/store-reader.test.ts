import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresReader } from '../../activities/store-reader.ts';
import type { PostgresReader } from '../../activities/store-reader.ts';
import { postgresStore } from '../../activities/store.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { deleteRowsOfAccount } from '../../db/erasures.ts';
import { MemoryStore } from '../../engine/memory-store.ts';
import type { CommitRecord } from '../../engine/store.ts';
import { createDatabase as newDatabase } from '../support/stack.ts';
import { newAccount, recordOf } from './rows.ts';

let db: Db;
let url: string;
let reader: PostgresReader;
beforeAll(async () => {
  url = await newDatabase();
  db = createDatabase(url, { max: 10 });
  reader = postgresReader(db, url);
});
afterAll(async () => {
  await reader.close();
  await db.destroy();
});

const store = () => postgresStore(db, { noted: () => Promise.resolve() });

/** Numbers of the steps that are heard, up to the one that is the last. */
async function heard(instance: string, after: number, last: number): Promise<number[]> {
  const numbers: number[] = [];
  const stop = AbortSignal.timeout(30_000);
  for await (const { sequence } of reader.watch(instance, after, stop)) {
    numbers.push(sequence);
    if (sequence === last) break;
  }
  return numbers;
}

const everything = (tenant: string): CommitRecord => {
  const record = recordOf(tenant, 1);
  return recordOf(tenant, 1, {
    causes: [{ kind: 'event', type: 'tested', id: 'e1', digest: 'd', by: 'user' }],
    passed: { states: ['a.b'], tags: ['busy'] },
    effects: [{ name: 'noted', actor: '' }],
    emitted: [{ type: 'heard' }],
    messages: [{ to: { machine: 'receipt', id: 'receipt-1' }, event: { type: 'receipt.applied' } }],
    view: { ...record.view, status: 'done', output: { number: '1000001' } },
  });
};

describe('reading the store in Postgres', () => {
  it('gives what the store in memory gives', async () => {
    const account = await newAccount(db);
    const record = everything(account);
    await store().commit([record]);
    const memory = new MemoryStore();
    await memory.commit([record]);
    const { recordedAt: _, ...expected } = (await memory.reader.last(record.instance))!;
    expect(await reader.last(record.instance)).toMatchObject(expected);
    expect(await reader.history(record.instance)).toMatchObject([expected]);
    expect(await reader.answered(record.instance, 'e1')).toMatchObject(expected);
  });

  it('reads a history in parts, and finds the step of an event', async () => {
    const account = await newAccount(db);
    const records = Array.from({ length: 1200 }, (_, n) => recordOf(account, n + 1));
    await store().commit(records);
    const { instance } = records[0]!;
    expect((await reader.history(instance)).map(({ sequence }) => sequence)).toEqual(records.map((_, n) => n + 1));
    const part = await reader.history(instance, { after: 700, limit: 2 });
    expect(part.map(({ sequence }) => sequence)).toEqual([701, 702]);
    expect(await reader.answered(instance, 'event-37')).toMatchObject({ sequence: 37 });
    expect(await reader.answered(instance, 'event-0')).toBeUndefined();
    expect(await reader.last(`${instance}-other`)).toBeUndefined();
  });

  it('keeps nothing of an account that is erased [C5]', async () => {
    const account = await newAccount(db);
    await store().commit([recordOf(account, 1)]);
    const { instance } = recordOf(account, 1);
    await db.transaction().execute((trx) => deleteRowsOfAccount(trx, account, null));
    expect(await reader.answered(instance, 'event-1')).toBeUndefined();
    expect(await reader.history(instance)).toEqual([]);
  });
});

describe('watching an instance in Postgres', () => {
  it('hears of each step once and in order, whether it was stored before or comes', async () => {
    const account = await newAccount(db);
    const { instance } = recordOf(account, 1);
    await store().commit([recordOf(account, 1), recordOf(account, 2)]);
    const all = heard(instance, 0, 6);
    const later = heard(instance, 3, 6);
    await store().commit([recordOf(account, 3)]);
    await store().commit([recordOf(account, 4), recordOf(account, 5)]);
    await store().commit([recordOf(account, 6)]);
    expect(await all).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await later).toEqual([4, 5, 6]);
  });

  it('costs one connection and few statements when a thousand wait for the same', async () => {
    const account = await newAccount(db);
    const { instance } = recordOf(account, 1);
    await store().commit([recordOf(account, 1)]);
    let statements = 0;
    const counting = db.withPlugin({
      transformQuery: ({ node }) => {
        statements += 1;
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    });
    const own = postgresReader(counting, url);
    const waits = Array.from({ length: 1000 }, () => own.stored(instance, 3, 30_000));
    await sleep(200);
    const before = statements;
    await store().commit([recordOf(account, 2)]);
    await store().commit([recordOf(account, 3)]);
    expect(new Set(await Promise.all(waits))).toEqual(new Set([true]));
    expect(statements - before).toBeLessThan(20);
    await own.close();
  });

  it('misses nothing when its connection is lost', async () => {
    const account = await newAccount(db);
    const { instance } = recordOf(account, 1);
    const all = heard(instance, 0, 2);
    const killer = new pg.Client({ connectionString: url });
    await killer.connect();
    const listening = () =>
      killer.query("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen steps'");
    while ((await listening()).rowCount === 0) await sleep(20);
    await store().commit([recordOf(account, 1), recordOf(account, 2)]);
    expect(await all).toEqual([1, 2]);
    await killer.end();
  });

  it('says whether a step was stored in time', async () => {
    const account = await newAccount(db);
    const { instance } = recordOf(account, 1);
    expect(await reader.stored(instance, 1, 50)).toBe(false);
    const waited = reader.stored(instance, 1, 30_000);
    await store().commit([recordOf(account, 1)]);
    expect(await waited).toBe(true);
    expect(await reader.stored(instance, 1, 0)).toBe(true);
  });
});
