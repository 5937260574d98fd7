/**
 * Brings a database to the newest shape. Safe to run from many processes at once: Kysely's migrator takes an advisory
 * lock, so one works and the others find nothing left to do.
 *
 * Run directly (`npm run migrate`) it migrates the configured database.
 */
import { fileURLToPath } from 'node:url';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { createDatabase } from './database.ts';
import { up as foundation } from './migrations/0001-foundation.ts';
import { up as history } from './migrations/0002-history.ts';
import { up as clockCommands } from './migrations/0003-clock-commands.ts';
import { up as warranty } from './migrations/0004-warranty.ts';
import { up as claims } from './migrations/0005-claims.ts';
import { up as evidence } from './migrations/0006-evidence.ts';
import { up as analysis } from './migrations/0007-analysis.ts';
import { up as repairs } from './migrations/0008-repairs.ts';
import { up as suspensions } from './migrations/0009-suspensions.ts';
import { up as editions } from './migrations/0010-editions.ts';
import { up as regions } from './migrations/0011-regions.ts';
import { up as claimCurrency } from './migrations/0012-claim-currency.ts';
import { up as orderSteps } from './migrations/0013-order-steps.ts';
import { up as loaners } from './migrations/0014-loaners.ts';
import { up as chargedRepairs } from './migrations/0015-charged-repairs.ts';
import { up as partCounts } from './migrations/0016-part-counts.ts';
import { up as spareUnits } from './migrations/0017-spare-units.ts';
import { up as doneCommands } from './migrations/0018-done-commands.ts';
import { up as refusedLines } from './migrations/0019-refused-lines.ts';

/** In order; a name that has been released never changes. */
const migrations: Record<string, Migration> = {
  '0001-foundation': { up: foundation },
  '0002-history': { up: history },
  '0003-clock-commands': { up: clockCommands },
  '0004-warranty': { up: warranty },
  '0005-claims': { up: claims },
  '0006-evidence': { up: evidence },
  '0007-analysis': { up: analysis },
  '0008-repairs': { up: repairs },
  '0009-suspensions': { up: suspensions },
  '0010-editions': { up: editions },
  '0011-regions': { up: regions },
  '0012-claim-currency': { up: claimCurrency },
  '0013-order-steps': { up: orderSteps },
  '0014-loaners': { up: loaners },
  '0015-charged-repairs': { up: chargedRepairs },
  '0016-part-counts': { up: partCounts },
  '0017-spare-units': { up: spareUnits },
  '0018-done-commands': { up: doneCommands },
  '0019-refused-lines': { up: refusedLines },
};

/** A migration failed and was rolled back as a whole; the database is as it was before. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
}

/**
 * @returns the names of the migrations that this call applied, in order; none when the database is up to date.
 * @throws {MigrationFailed} naming the migration, or saying that the database cannot be reached.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const db = createDatabase(databaseUrl, { max: 2 });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
    const { error, results } = await migrator.migrateToLatest();
    if (error !== undefined) {
      const failed = results?.find((one) => one.status === 'Error')?.migrationName;
      const what = failed ? `Migration ${failed} failed` : `Migrating ${withoutPassword(databaseUrl)} failed`;
      throw new MigrationFailed(`${what}: ${reason(error)}`, { cause: error });
    }
    return (results ?? []).filter((one) => one.status === 'Success').map((one) => one.migrationName);
  } finally {
    await db.destroy();
  }
}

/** A refused connection is an AggregateError (IPv6 and IPv4) whose own message is empty. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'the database';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { loadConfig } = await import('../config.ts');
    const applied = await migrate(loadConfig().databaseUrl);
    process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}\n` : 'The database is up to date\n');
  } catch (error) {
    process.stderr.write(`${reason(error)}\n`);
    process.exitCode = 1;
  }
}
