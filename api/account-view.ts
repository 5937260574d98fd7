/** An account as people see it: its contract in words, what falls due next and why, and what it may do. */
import { Type, type Static } from 'typebox';
import { findAccountEnd, findCredit, listConfirmations, listServiceTerms } from '../db/account-records.ts';
import type { Account } from '../db/accounts.ts';
import { listEditionChanges } from '../db/edition-changes.ts';
import { findInstance } from '../db/instances.ts';
import { listNotices } from '../db/notices.ts';
import { listOrders } from '../db/orders.ts';
import { entitlements } from '../machines/entitlements.ts';
import { subscriptionId } from './commands.ts';
import { contractNow } from './contract-time.ts';
import { DeadlineView, deadlineView } from './deadline-view.ts';
import type { Deps } from './deps.ts';
import { EditionChangeView, editionChangeView } from './edition-change-view.ts';
import { AccountId, AccountNumber, Edition, Instant, Minor, Nullable, Role } from './fields.ts';
import { NoticeView, noticeView } from './notice-view.ts';
import { OrderView, orderView } from './order-view.ts';
import { missingIn } from './subscription-context.ts';

export const AccountView = Type.Object(
  {
    accountId: AccountId,
    accountNumber: Nullable(AccountNumber('it, assigned by the platform on activation (U2)')),
    role: Nullable(Role),
    edition: Nullable(Edition),
    editionChange: Nullable(EditionChangeView),
    clock: Nullable(Type.String({ description: 'The test clock it lives by; null: real time' })),
    now: Instant('The account’s present'),
    state: Type.String({ description: 'The contract’s state in words' }),
    clauses: Type.Array(Type.String(), { description: 'The clauses behind the state' }),
    tags: Type.Array(Type.String()),
    sequence: Type.Integer({ description: 'Number of the contract’s last step' }),
    agreement: Type.Object({
      version: Nullable(Type.String()),
      confirmedAt: Nullable(Instant('When it was confirmed (A1)')),
    }),
    term: Nullable(
      Type.Object({
        startsAt: Instant('Anchor of all years (C2)'),
        endsAt: Instant('Expiry'),
        years: Type.Integer({ description: 'Total years bought' }),
      }),
    ),
    nextDeadline: Nullable(DeadlineView),
    deadlines: Type.Array(DeadlineView),
    entitlements: Type.Object({
      functions: Type.Array(Type.String()),
      canRead: Type.Boolean(),
      canWrite: Type.Boolean(),
      canExport: Type.Boolean(),
    }),
    missingInformation: Type.Array(Type.String(), { description: 'Required information that is not given (U1)' }),
    credit: Nullable(Type.Object({ amount: Minor('Balance in the account’s favour'), currency: Type.String() })),
    orders: Type.Array(OrderView),
    notices: Type.Array(NoticeView),
    end: Nullable(Type.Object({ reason: Type.String(), clause: Type.String(), at: Instant('When it was decided') })),
  },
  {
    examples: [
      {
        accountId: '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab',
        accountNumber: '10000017',
        role: 'manufacturer',
        edition: 'professional',
        editionChange: null,
        clock: null,
        now: '2027-03-10T08:00:00.000Z',
        state: 'In force: service is on',
        clauses: ['A2'],
        tags: ['exportable', 'paying', 'readable', 'service'],
        sequence: 12,
        agreement: { version: '1', confirmedAt: '2026-05-01T02:00:00.000Z' },
        term: { startsAt: '2026-05-03T03:00:00.000Z', endsAt: '2027-05-03T16:00:00.000Z', years: 1 },
        nextDeadline: {
          at: '2027-05-03T16:00:00.000Z',
          in: 'in 54 days',
          what: 'expiry',
          clauses: ['R4'],
        },
        deadlines: [],
        entitlements: {
          functions: ['warrantyManagement', 'repairServices'],
          canRead: true,
          canWrite: true,
          canExport: true,
        },
        missingInformation: [],
        credit: null,
        orders: [],
        notices: [],
        end: null,
      },
    ],
  },
);

/** @returns the account as of the last stored step of its contract; one that has not started yet has no state. */
export async function accountView(deps: Deps, account: Account): Promise<Static<typeof AccountView>> {
  const { db, now: realNow } = deps;
  const [instance, orders, notices, terms, confirmations, credit, end, changes, now] = await Promise.all([
    findInstance(db, subscriptionId(account.id)),
    listOrders(db, account.id),
    listNotices(db, account.id),
    listServiceTerms(db, account.id),
    listConfirmations(db, account.id),
    findCredit(db, account.id),
    findAccountEnd(db, account.id),
    listEditionChanges(db, account.id),
    contractNow(db, account.clock, realNow()),
  ]);
  const change = changes.find(({ state }) => state === 'requested' || state === 'agreed');
  const deadlines = (instance?.deadlines ?? []).map((deadline) => deadlineView(deadline, now));
  const [first] = terms;
  const last = terms.at(-1);
  return {
    accountId: account.id,
    accountNumber: account.number,
    role: account.role,
    edition: account.edition,
    editionChange: change ? editionChangeView(change) : null,
    clock: account.clock,
    now: now.toISOString(),
    state: instance?.words ?? 'Registered; the contract is about to start',
    clauses: [...(instance?.references ?? [])],
    tags: [...(instance?.tags ?? [])],
    sequence: instance?.sequence ?? 0,
    agreement: {
      version: account.agreement_version,
      confirmedAt: confirmations.at(-1)?.confirmed_at ?? null,
    },
    term:
      first && last
        ? {
            startsAt: first.starts_at,
            endsAt: last.ends_at,
            years: terms.reduce((total, { years }) => total + years, 0),
          }
        : null,
    nextDeadline: deadlines[0] ?? null,
    deadlines,
    entitlements:
      account.role && instance
        ? copyOf(entitlements({ role: account.role, edition: account.edition, tags: instance.tags }))
        : { functions: [], canRead: false, canWrite: false, canExport: false },
    missingInformation: missingIn(instance?.context),
    credit: credit && credit.balance > 0 ? { amount: credit.balance, currency: credit.currency } : null,
    orders: orders.map((order) => orderView(order, now)),
    notices: notices.map(noticeView),
    end: end ? { reason: end.reason, clause: end.clause, at: end.ended_at } : null,
  };
}

function copyOf({ functions, ...rest }: ReturnType<typeof entitlements>) {
  return { functions: [...functions], ...rest };
}
