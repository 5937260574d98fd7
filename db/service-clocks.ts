/** Clocks of service levels as rows: their levels, entries and reached thresholds [W5]. */
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { Db, Trx } from './database.ts';
import type { ClockEntriesTable, ClockLevelsTable, ClockThresholdsTable, Instant, Json } from './schema.ts';

export interface ClockOf {
  readonly kind: 'claim' | 'repair';
  readonly id: string;
}

export type ClockEntryRow = Selectable<ClockEntriesTable>;
export type ClockLevelRow = Selectable<ClockLevelsTable>;
export type ThresholdRow = Selectable<ClockThresholdsTable>;

const of = ({ kind, id }: ClockOf, clock: string) => ({ subject_kind: kind, subject_id: id, clock });

export async function insertClockLevel(trx: Trx, subject: ClockOf, clock: string, level: Json): Promise<void> {
  await trx
    .insertInto('clock_levels')
    .values({ ...of(subject, clock), level: JSON.stringify(level) })
    .execute();
}

export interface NewClockEntry {
  readonly n: number;
  readonly at: Instant;
  readonly kind: ClockEntryRow['kind'];
  readonly reason: string | null;
}

export async function insertClockEntry(trx: Trx, subject: ClockOf, clock: string, entry: NewClockEntry): Promise<void> {
  await trx
    .insertInto('clock_entries')
    .values({ ...of(subject, clock), ...entry })
    .execute();
}

export interface NewThreshold {
  readonly kind: ThresholdRow['kind'];
  readonly duration: string;
  /** Null: the operator. */
  readonly to: string | null;
  readonly at: Instant;
}

export async function insertThreshold(
  trx: Trx,
  subject: ClockOf,
  clock: string,
  { kind, duration, to, at }: NewThreshold,
): Promise<void> {
  await trx
    .insertInto('clock_thresholds')
    .values({
      ...of(subject, clock),
      kind,
      duration,
      to_account: to,
      to_operator: to === null,
      reached_at: at,
    })
    .execute();
}

export interface ClockRecord {
  readonly clock: string;
  readonly level: Json;
  readonly entries: readonly ClockEntryRow[];
  readonly thresholds: readonly ThresholdRow[];
}

/** The clocks of a claim or a repair, by name. */
export async function listClocks(db: Db, { kind, id }: ClockOf): Promise<ClockRecord[]> {
  const [levels, entries, thresholds] = await Promise.all(
    (['clock_levels', 'clock_entries', 'clock_thresholds'] as const).map((table) =>
      db
        .selectFrom(table)
        .selectAll()
        .where('subject_kind', '=', kind)
        .where('subject_id', '=', id)
        .orderBy('clock')
        .$if(table === 'clock_entries', (query) => query.orderBy('n' as 'clock'))
        .$if(table === 'clock_thresholds', (query) => query.orderBy('reached_at' as 'clock'))
        .execute(),
    ),
  );
  return (levels as ClockLevelRow[]).map(({ clock, level }) => ({
    clock,
    level,
    entries: (entries as ClockEntryRow[]).filter((one) => one.clock === clock),
    thresholds: (thresholds as ThresholdRow[]).filter((one) => one.clock === clock),
  }));
}

export interface EscalationRow extends ThresholdRow {
  readonly claim_id: string | null;
  readonly repair_id: string | null;
  /** Account number of the manufacturer, and where claim or repair stand; null once they are gone. */
  readonly manufacturer: string | null;
  readonly state: string | null;
  readonly words: string | null;
  readonly value: Json;
  readonly next_due_at: Instant | null;
}

/** What went up to the operator, newest first. */
export async function listEscalations(db: Db, limit: number): Promise<EscalationRow[]> {
  const { rows } = await sql<EscalationRow>`
    select up.*, coalesce(claim.id, repair.claim_id) as claim_id, repair.id as repair_id,
      account.number as manufacturer, coalesce(claim.state, repair.state) as state,
      instance.words, instance.value, instance.next_due_at
    from (select * from clock_thresholds where to_operator order by reached_at desc limit ${limit}) as up
    left join claims as claim on claim.id = case when up.subject_kind = 'claim' then up.subject_id::uuid end
    left join repairs as repair on up.subject_kind = 'repair' and repair.id = up.subject_id
    left join accounts as account on account.id = coalesce(claim.manufacturer_id, repair.manufacturer_id)
    left join instances as instance on instance.id = up.subject_kind || '-' || up.subject_id
    order by up.reached_at desc`.execute(db);
  return rows;
}
