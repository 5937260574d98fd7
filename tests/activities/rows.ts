/** Rows and records that the tests of db/ and activities/ start from. */
import { randomUUID } from 'node:crypto';
import { insertAccount } from '../../db/accounts.ts';
import { insertAgreementVersion } from '../../db/agreements.ts';
import type { Db } from '../../db/database.ts';
import { insertPriceList } from '../../db/price-lists.ts';
import type { CommitRecord } from '../../engine/store.ts';

export const someday = '2027-03-10T16:00:00.000Z';

/** A registered manufacturer; answers its id. */
export async function newAccount(db: Db, clock: string | null = null): Promise<string> {
  const id = randomUUID();
  await insertAccount(db, {
    id,
    role: 'manufacturer',
    edition: 'professional',
    agreementVersion: '1',
    clock,
    tokenHash: `hash-${id}`,
    createdAt: someday,
  });
  return id;
}

/** The first agreement version and a price list for professional manufacturers. */
export async function newCatalogue(db: Db): Promise<void> {
  await insertAgreementVersion(db, {
    version: '1',
    text: 'text',
    textHash: 'hash',
    terms: {},
    counterparty: { id: 'company', name: 'Example Co.' },
    bankAccount: { receivingUnit: 'Example Co.', bank: 'Bank of Examples', accountNumber: '0000' },
    effectiveAt: '2026-01-01T00:00:00.000Z',
  });
  await insertPriceList(db, {
    id: 'pro-2026',
    role: 'manufacturer',
    edition: 'professional',
    currency: 'CNY',
    yearlyAmount: 1_200_000,
    effectiveFrom: '2026-01-01T00:00:00.000Z',
    createdAt: '2026-01-01T00:00:00.000Z',
  });
}

/** A commit record of a subscription. */
export function recordOf(tenant: string | undefined, sequence: number, over: Partial<CommitRecord> = {}): CommitRecord {
  return {
    instance: `subscription-${tenant ?? 'none'}`,
    machine: 'subscription',
    version: '1',
    ...(tenant === undefined ? {} : { tenant }),
    sequence,
    at: someday,
    causes: [{ kind: 'event', type: 'tested', id: `event-${sequence}` }],
    from: null,
    view: {
      status: 'active',
      value: { step: `s${sequence}` },
      tags: ['readable'],
      context: { n: sequence },
      deadlines: [
        { at: '2028-03-10T16:00:00.000Z', event: 'xstate.after.expiry', label: 'expiry (active)', references: ['R4'] },
      ],
      words: `In step ${sequence}`,
      references: ['C5'],
      children: {},
    },
    effects: [],
    emitted: [],
    messages: [],
    ...over,
  };
}

/** A log that keeps what it was told. */
export function memoryLog() {
  const lines: { level: string; facts: unknown; message: string }[] = [];
  const at = (level: string) => (facts: unknown, message: string) => void lines.push({ level, facts, message });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
