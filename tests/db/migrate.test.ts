import pg from 'pg';
import { expect, it } from 'vitest';
import { createDatabase, UnsafeInteger } from '../../db/database.ts';
import { migrate, MigrationFailed } from '../../db/migrate.ts';
import { createDatabase as newDatabase } from '../support/stack.ts';

/** A database that nobody has migrated. */
async function emptyDatabase(): Promise<string> {
  const url = new URL(await newDatabase());
  const name = `empty_${Date.now()}_${Math.floor(Math.random() * 1e6)}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}

it('applies each migration once when several processes migrate at the same time', async () => {
  const url = await emptyDatabase();
  const applied = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
  expect(applied.flat()).toEqual([
    '0001-foundation',
    '0002-history',
    '0003-clock-commands',
    '0004-warranty',
    '0005-claims',
    '0006-evidence',
    '0007-analysis',
    '0008-repairs',
    '0009-suspensions',
    '0010-editions',
    '0011-regions',
    '0012-claim-currency',
    '0013-order-steps',
    '0014-loaners',
    '0015-charged-repairs',
    '0016-part-counts',
    '0017-spare-units',
    '0018-done-commands',
    '0019-refused-lines',
  ]);
  expect(await migrate(url)).toEqual([]);
});

it('says which database cannot be reached, without its password', async () => {
  const error = await migrate('postgres://someone:secret@127.0.0.1:1/nowhere').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(MigrationFailed);
  expect(String(error)).toContain('127.0.0.1:1/nowhere');
  expect(String(error)).not.toContain('secret');
});

it('reads integers exactly or not at all, and instants as ISO strings', async () => {
  const db = createDatabase(await newDatabase());
  const { sql } = await import('kysely');
  const read = async (text: string) => (await sql.raw<{ v: unknown }>(`select ${text} as v`).execute(db)).rows[0]?.v;
  expect(await read('9007199254740991::bigint')).toBe(9007199254740991);
  await expect(read('9007199254740992::bigint')).rejects.toThrow(UnsafeInteger);
  expect(await read('sum(x) from (values (1::bigint), (2::bigint)) t(x)').catch(() => 'syntax')).not.toBe('12');
  expect(await read("timestamptz '2028-02-29 00:00:00+08'")).toBe('2028-02-28T16:00:00.000Z');
  expect(await read("date '2028-02-29'")).toBe('2028-02-29');
  await db.destroy();
});
