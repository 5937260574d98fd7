/** Another edition over HTTP, with a real worker: upgrades that are paid, lapse or are withdrawn, downgrades at a renewal [E2]. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useLiveApi } from './live.ts';
import type { Answered } from './live.ts';
import { eventually, useParties } from './parties.ts';
import type { Party } from './parties.ts';

const live = useLiveApi();
const clock = `editions-${randomUUID().slice(0, 8)}`;
const { told, open, join, act, read, operator } = useParties(live, clock);
const start = '2027-05-31T02:00:00.000Z';
/** As `open` sets it for every edition; Enterprise costs as much again. */
const yearly = 100_000;

beforeAll(async () => {
  await open(start);
  const dear = { currency: 'CNY', yearlyAmount: 2 * yearly, effectiveFrom: '2026-02-01T00:00:00.000Z' };
  await told('POST', '/price-lists', operator(), { role: 'manufacturer', edition: 'enterprise', ...dear });
}, 60_000);

interface Account {
  readonly edition: string;
  readonly editionChange: Answered | null;
  readonly orders: readonly { n: number; kind: string; status: string; total: number; reference: string }[];
  readonly entitlements: { readonly functions: readonly string[] };
  readonly term: { readonly endsAt: string };
  readonly credit: { readonly amount: number } | null;
}

const accountOf = async (party: Party) => (await live.call('GET', `/accounts/${party.id}`, { as: party.token })).body;
const account = async (party: Party) => (await accountOf(party)) as unknown as Account;
const until = (party: Party, what: string, isSo: (one: Account) => boolean) =>
  eventually(what, () => account(party), isSo);
const ask = (party: Party, edition: string, key: string = randomUUID()) =>
  live.call('POST', `/accounts/${party.id}/edition-changes`, { as: party.token, body: { edition }, key });
const keep = (party: Party) =>
  live.call('POST', `/accounts/${party.id}/edition-changes/withdrawal`, { as: party.token, body: {} });

async function pay(party: Party, n: number): Promise<void> {
  const { orders } = await account(party);
  const { total, reference } = orders.find((one) => one.n === n)!;
  const transfer = { bankTransactionId: randomUUID(), amount: total, currency: 'CNY', bookedOn: '2027-05-31' };
  await told('POST', '/receipts', operator(), { ...transfer, reference, clock });
}

describe('an upgrade', () => {
  it('is an order for the difference, and in effect when that is paid [E2, C3, C6]', async () => {
    const maker = await join('manufacturer');
    const figures = () => read(maker, 'analysis/repairs');
    expect((await figures()).status).toBe(403);
    const asked = await ask(maker, 'enterprise');
    expect([asked.status, asked.body['change'], asked.body['order']]).toMatchObject([
      201,
      { kind: 'upgrade', from: 'professional', to: 'enterprise', state: 'requested', order: 2 },
      { kind: 'upgrade', edition: 'enterprise', replaces: 'professional', years: 0, unitPrice: yearly, status: 'open' },
    ]);
    const page = await live.call('GET', `/accounts/${maker.id}/orders/2`, {
      as: maker.token,
      headers: { accept: 'text/html' },
    });
    expect(page.text).toContain('enterprise instead of professional');
    expect(await account(maker)).toMatchObject({ edition: 'professional', editionChange: { to: 'enterprise' } });
    await pay(maker, 2);
    const grown = await until(maker, 'Enterprise', ({ edition }) => edition === 'enterprise');
    expect(grown).toMatchObject({
      editionChange: null,
      entitlements: { functions: ['warrantyManagement', 'repairServices', 'dataAnalysis'] },
    });
    expect((await figures()).status).toBe(200);
    const changes = await read(maker, 'edition-changes');
    expect(changes.body).toMatchObject([{ state: 'done', order: 2, effectiveAt: expect.any(String) as string }]);
    const notices = await eventually(
      'the notice',
      () => read(maker, 'notices'),
      ({ text }) => text.includes('editionChanged'),
    );
    expect(notices.body).toMatchObject([
      { kind: 'editionChanged', params: { edition: 'enterprise' } },
      { kind: 'activated' },
    ]);
    const exported = await read(maker, 'export');
    expect(exported.text).toContain('editionChanges');
  });

  it('is asked for once however often its request comes, also at the same time, and refused while one is under way [E2]', async () => {
    const maker = await join('manufacturer');
    const key = randomUUID();
    const together = await Promise.all(Array.from({ length: 12 }, () => ask(maker, 'enterprise', key)));
    for (const reply of [...together, await ask(maker, 'enterprise', key)])
      expect([reply.status, reply.body['order']], reply.text).toMatchObject([201, { n: 2 }]);
    expect((await account(maker)).orders).toHaveLength(2);
    const other = await ask(maker, 'standard');
    expect([other.status, other.body]).toMatchObject([
      409,
      { detail: expect.stringContaining('pay its order, or withdraw it') as string },
    ]);
    const [first, second] = await Promise.all([keep(maker), keep(maker)]);
    expect(new Set([first.status, second.status])).toEqual(new Set([200, 409]));
    expect(await account(maker)).toMatchObject({ editionChange: null, edition: 'professional' });
    expect((await account(maker)).orders.map(({ status }) => status)).toEqual(['paid', 'cancelled']);
    expect((await keep(maker)).body['detail']).toContain('No change of the edition is under way');
    // At the same time, under keys of their own: one is taken.
    const both = await Promise.all([ask(maker, 'enterprise'), ask(maker, 'enterprise')]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });

  it('is refused with the reason and the way out: unknown, the same, of another role, before service [E1, E2]', async () => {
    const maker = await join('manufacturer');
    expect((await ask(maker, 'platinum')).body).toMatchObject({ status: 400, field: '/edition' });
    expect((await ask(maker, 'professional')).body['detail']).toBe('The edition is professional already.');
    const buyer = await join('customer');
    expect((await ask(buyer, 'enterprise')).body).toMatchObject({
      status: 403,
      detail: 'Editions exist for manufacturers only; other roles have one plan.',
    });
    const stranger = await live.call('POST', `/accounts/${maker.id}/edition-changes`, {
      as: buyer.token,
      body: { edition: 'enterprise' },
    });
    expect(stranger.status).toBeGreaterThan(400);
  });
});

describe('an upgrade without a price', () => {
  it('in the currency of the present edition comes to nothing, and can be asked for again when it has one [E2, C8]', async () => {
    const maker = await join('manufacturer');
    const own = { role: 'manufacturer', edition: 'enterprise', accountId: maker.id };
    const list = (currency: string, effectiveFrom: string) =>
      told('POST', '/price-lists', operator(), { ...own, currency, yearlyAmount: 3 * yearly, effectiveFrom });
    await list('USD', '2026-03-01T00:00:00.000Z');
    const key = randomUUID();
    const asked = await ask(maker, 'enterprise', key);
    expect([asked.status, asked.body]).toMatchObject([
      201,
      { change: { state: 'unpriced', order: null }, order: null },
    ]);
    expect(await account(maker)).toMatchObject({ editionChange: null, edition: 'professional' });
    await list('CNY', '2026-04-01T00:00:00.000Z');
    expect((await ask(maker, 'enterprise', key)).body).toMatchObject({ change: { state: 'unpriced' } });
    expect((await ask(maker, 'enterprise')).body).toMatchObject({ order: { unitPrice: 2 * yearly } });
  });
});

describe('a downgrade', () => {
  it('is of the renewal: at its price, from its term on [E2, R3]', async () => {
    const maker = await join('manufacturer');
    const agreed = await ask(maker, 'standard');
    expect([agreed.status, agreed.body]).toMatchObject([
      201,
      { change: { kind: 'downgrade', state: 'agreed', effectiveAt: null }, order: null },
    ]);
    expect((await keep(maker)).status).toBe(200);
    expect((await ask(maker, 'standard')).status).toBe(201);
    const { term } = await account(maker);
    const noticed = new Date(Date.parse(term.endsAt) - 89 * 86_400_000).toISOString();
    await told('POST', `/clocks/${clock}/advance`, operator(), { to: noticed });
    const renewed = await act(maker, 'renewals', { years: 1 });
    expect(renewed['order']).toMatchObject({ kind: 'renewal', edition: 'standard', total: yearly });
    expect((await keep(maker)).body['detail']).toContain('the platform can reject it');
    await pay(maker, 2);
    await told('POST', `/accounts/${maker.id}/renewals/2/verification`, operator(), { outcome: 'verified' });
    const ahead = await until(maker, 'its day', ({ editionChange }) => editionChange?.['effectiveAt'] !== null);
    expect(ahead).toMatchObject({ edition: 'professional', editionChange: { effectiveAt: term.endsAt } });
    const early = await ask(maker, 'enterprise');
    expect([early.status, early.body['notBefore']]).toEqual([409, term.endsAt]);
    await told('POST', `/clocks/${clock}/advance`, operator(), { to: term.endsAt });
    const smaller = await until(maker, 'Standard', ({ edition }) => edition === 'standard');
    expect(smaller.entitlements.functions).toEqual(['warrantyManagement']);
  });
});
