/**
 * Counts the history events of one contract's paid year: registered, paid in two transfers, in force, noticed, renewed by
 * application, transfer and verification. From the first event to the announcement of the second year.
 */
import type { Client } from '@temporalio/client';
import type { Db } from '../db/database.ts';
import type { Api } from './api.ts';
import { live, prepare } from './contract-life.ts';
import { eventsOf, kindOf, withoutClock } from './history-cost.ts';

export interface YearCost {
  /** Events of the subscription's history by kind, those of the test clock left out. */
  readonly subscription: { readonly [kind: string]: number };
  /** Events of each receipt's history, of three. */
  readonly receipts: readonly number[];
  /** All together. */
  readonly total: number;
  /** Steps that the store took. */
  readonly commits: number;
}

/** @param name of a clock that is not used otherwise */
export async function yearCost(api: Api, db: Db, client: Client, name: string): Promise<YearCost> {
  await prepare(api, name, '2027-03-01T02:00:00.000Z');
  const { accountId } = await live(api, name, name, undefined, undefined, 'renewalPaid');
  const id = `subscription-${accountId}`;
  const subscription = await kindsOf(client, id);
  const rows = await db.selectFrom('receipts').select('id').where('account_id', '=', accountId).execute();
  const receipts = await Promise.all(
    rows.map(async (row) => sum(Object.values(await kindsOf(client, `receipt-${row.id}`)))),
  );
  const { n } = await db
    .selectFrom('audit')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('instance', '=', id)
    .executeTakeFirstOrThrow();
  return {
    subscription,
    receipts: receipts.toSorted((a, b) => a - b),
    total: sum([...Object.values(subscription), ...receipts]),
    commits: n,
  };
}

async function kindsOf(client: Client, id: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const events = await eventsOf(client, id);
  for (const kind of withoutClock(events.map(kindOf))) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
