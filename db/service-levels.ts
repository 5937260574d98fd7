/** Service levels that manufacturers set for themselves [W5]. */
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { Instant, Json, ServiceLevelsTable } from './schema.ts';

export type ServiceLevelRow = Selectable<ServiceLevelsTable>;

/** The one of the first of these policies that has one, else the one for all models. */
export async function findServiceLevel(
  db: Db,
  accountId: string,
  name: ServiceLevelRow['name'],
  policies: readonly string[],
): Promise<ServiceLevelRow | undefined> {
  const levels = await db
    .selectFrom('service_levels')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .where('policy_id', 'in', [...policies, ''])
    .orderBy('policy_id')
    .execute();
  return levels.find(({ policy_id }) => policy_id !== '') ?? levels[0];
}

export function listServiceLevels(db: Db, accountId: string): Promise<ServiceLevelRow[]> {
  return db
    .selectFrom('service_levels')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('name')
    .orderBy('policy_id')
    .execute();
}

/** For claims that are filed from now on: those that run keep the level they began with. */
export async function putServiceLevel(
  trx: Trx,
  level: { accountId: string; name: ServiceLevelRow['name']; policyId: string; level: Json; at: Instant },
): Promise<void> {
  const text = JSON.stringify(level.level);
  await trx
    .insertInto('service_levels')
    .values({
      account_id: level.accountId,
      name: level.name,
      policy_id: level.policyId,
      level: text,
      published_at: level.at,
    })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'name', 'policy_id']).doUpdateSet({ level: text, published_at: level.at }),
    )
    .execute();
}
