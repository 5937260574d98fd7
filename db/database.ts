/**
 * The connection to Postgres, and how its values become JavaScript's: integers that are safe or an error, instants as ISO
 * strings, dates as they are written.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Transaction } from 'kysely';
import pg from 'pg';
import type { Database } from './schema.ts';

/** A connection pool or a transaction: queries take either. */
export type Db = Kysely<Database>;
export type Trx = Transaction<Database>;

export interface DatabaseOptions {
  /** Connections at most; default 20: a dispatcher alone holds one for each delivery in flight. */
  readonly max?: number;
  /** Told about connections that broke while idle; the pool replaces them by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/** A number in the database that JavaScript cannot hold exactly. */
export class UnsafeInteger extends Error {
  override readonly name = 'UnsafeInteger';
}

/**
 * Opens a pool; connects on first use. Call `destroy()` to close it.
 * @param url `postgres://…`
 */
export function createDatabase(url: string, options: DatabaseOptions = {}): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: createPool(url, options) }) });
}

function createPool(url: string, options: DatabaseOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 20,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  });
  // Without listeners a connection that breaks ends the whole process: while it is idle in the pool, and while it is
  // idle in a transaction. In the latter case the transaction's next statement fails, which is how its owner learns.
  pool.on('error', (error) => options.onIdleError?.(error));
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

const oid = { int8: 20, date: 1082, timestamptz: 1184, numeric: 1700 };

function parserOf(type: number, format?: unknown): (value: string) => unknown {
  switch (type) {
    case oid.int8:
    case oid.numeric: // what sum(bigint) gives
      return safeInteger;
    case oid.date:
      return (value) => value;
    case oid.timestamptz:
      return (value) => new Date(value).toISOString();
    default:
      return pg.types.getTypeParser(type, format as 'text') as (value: string) => unknown;
  }
}

function safeInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new UnsafeInteger(`${value} is not a safe integer`);
  return number;
}

/** Does the work in the transaction, or none of it: a statement that failed would otherwise abort what comes after it. */
export async function attempt(trx: Trx, work: () => Promise<void>): Promise<void> {
  await sql`savepoint attempt`.execute(trx);
  try {
    await work();
  } catch (error) {
    await sql`rollback to savepoint attempt`.execute(trx);
    throw error;
  }
  await sql`release savepoint attempt`.execute(trx);
}
