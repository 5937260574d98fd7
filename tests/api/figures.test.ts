/** What claims and repairs leave for analysis, and suspensions in mid-repair: with a real worker, over HTTP [D1, W7]. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { policyExample } from '../../api/warranty-fields.ts';
import { useLiveApi } from './live.ts';
import { eventually, useParties } from './parties.ts';
import type { Party } from './parties.ts';

const live = useLiveApi();
const clock = `figures-${randomUUID().slice(0, 8)}`;
const { told, open, join, act, read, operator } = useParties(live, clock);
let maker: Party;
let buyer: Party;
let center: Party;
let serials = 0;

beforeAll(async () => {
  await open('2027-05-31T02:00:00.000Z');
  maker = await join('manufacturer', 'Sample Tools Ltd.', 'enterprise');
  buyer = await join('customer');
  center = await join('serviceCenter');
  const components = ['motor', 'blade'].map((id) => ({ id, partOf: null }));
  await told('PUT', `/accounts/${maker.id}/models/SD-18V`, maker.token, { name: 'Cordless drill 18 V', components });
  await told('PUT', `/accounts/${maker.id}/policies/standard-2026`, maker.token, policyExample);
  const declaration = { region: 'CN-TJ', capacity: 20, models: [{ manufacturer: maker.number, model: 'SD-18V' }] };
  await told('PUT', `/accounts/${center.id}/service-center`, center.token, declaration);
  await told('PUT', `/accounts/${maker.id}/authorised-centers/${center.number}`, maker.token, {});
}, 120_000);

/** A claim for a drill that is the only one of its batch. */
async function filed(cause: 'defect' | 'wear'): Promise<{ claim: string; serial: string; batch: string }> {
  serials += 1;
  const [serial, batch] = [`FG18-${serials}`, `W${serials}`];
  const unit = { model: 'SD-18V', batch, dates: { shipment: '2027-02-01', proofOfPurchase: '2027-03-01' } };
  await told('PUT', `/accounts/${maker.id}/units/${serial}`, maker.token, unit);
  await act(maker, `units/${serial}/owners`, { on: '2027-03-01', customer: buyer.number });
  const lines = [{ component: 'motor', cause }];
  const { claimId } = await act(buyer, 'claims', { manufacturer: maker.number, serial, failedOn: '2027-05-30', lines });
  return { claim: `claims/${String(claimId)}`, serial, batch };
}

/** A repair that its center is asked for. */
async function ordered(): Promise<{ repair: string; serial: string; batch: string }> {
  const { claim, ...unit } = await filed('defect');
  const repair = `${claim.replace('claims', 'repairs')}.1`;
  await reaches(repair, 'offered');
  return { repair, ...unit };
}

const seen = async (what: string) => (await read(maker, what)).body;
/** A claim or a repair, by its address below an account's. */
const reaches = (what: string, state: string) =>
  eventually(
    `${what} in ${state}`,
    () => seen(what),
    (one) => one['state'] === state,
  );
const says = (party: Party, repair: string, action: string, body: object = {}) =>
  act(party, `${repair}/${action}`, body);

async function received(repair: string, serial: string): Promise<void> {
  await says(center, repair, 'acceptance');
  await reaches(repair, 'awaitingShipment');
  await says(buyer, repair, 'shipment', { tracking: 'SF-1' });
  await says(center, repair, 'receipt', { serial, condition: 'ok', missing: [] });
}

/** The costs of a batch, where anything is known of it. */
async function costsOf(batch: string): Promise<Record<string, number> | undefined> {
  const { text, body } = await read(maker, `analysis/costs?batch=${batch}`);
  const { rows } = body as unknown as { rows: { values: Record<string, number> }[] };
  expect(rows.length, text).toBeLessThan(2);
  return rows[0]?.values;
}

/** The facts of a unit, as the export has them. */
async function factsOf(serial: string): Promise<Record<string, unknown>[]> {
  const exported = await live.call('GET', `/accounts/${maker.id}/export`, { as: maker.token });
  const { sections } = exported.body as { sections: Record<string, Record<string, unknown>[]> };
  return Object.values(sections)
    .flat()
    .filter((row) => row['serial'] === serial && 'level_kept' in row);
}

describe('a claim', () => {
  const goodwill = (claim: string, amount: number, decidedBy: string) =>
    act(maker, `${claim}/goodwill`, { lineId: 'l1', amount, currency: 'CNY', reason: 'loyalty', decidedBy });

  it('is in no figure before it is decided, whatever its lines come to, also when it is withdrawn [D1, W2]', async () => {
    const { claim, batch, serial } = await filed('wear');
    await reaches(claim, 'deciding');
    await goodwill(claim, 20_000, 'clerk-7');
    expect(await seen(claim)).toMatchObject({ state: 'deciding', decisions: [], lines: [{ verdict: 'goodwill' }] });
    expect(await costsOf(batch)).toBeUndefined();
    // Above the limit: the line is open again.
    await goodwill(claim, 80_000, 'clerk-7');
    expect(await costsOf(batch)).toBeUndefined();
    await goodwill(claim, 20_000, 'clerk-7');
    await act(buyer, `${claim}/withdrawal`);
    expect(await seen(claim)).toMatchObject({ state: 'withdrawn', decisions: [] });
    expect([await costsOf(batch), await factsOf(serial)]).toEqual([undefined, []]);
  }, 60_000);

  it('counts as its latest decision has it, and is paid nothing once it came to nothing [D1, W6]', async () => {
    const { claim, batch, serial } = await filed('wear');
    await reaches(claim, 'deciding');
    await goodwill(claim, 20_000, 'clerk-7');
    await act(maker, `${claim}/outcome`, { outcome: 'refund', decidedBy: 'clerk-7' });
    expect(await costsOf(batch)).toMatchObject({ lines: 1, paid: 20_000 });
    await act(buyer, `${claim}/appeal`, { reason: 'wrongFacts' });
    await goodwill(claim, 30_000, 'clerk-8');
    expect(await costsOf(batch)).toMatchObject({ lines: 1, paid: 20_000 });
    await act(maker, `${claim}/outcome`, { outcome: 'refund', decidedBy: 'clerk-8' });
    expect(await costsOf(batch)).toMatchObject({ lines: 1, paid: 30_000 });
    expect(await factsOf(serial)).toMatchObject([{ outcome: 'refund', verdict: 'goodwill', level_kept: true }]);
    await act(buyer, `${claim}/withdrawal`);
    expect(await costsOf(batch)).toMatchObject({ lines: 1, paid: 0 });
    expect(await factsOf(serial)).toMatchObject([{ outcome: 'withdrawn', verdict: 'goodwill' }]);
  }, 60_000);
});

describe('a claim that came to a repair', () => {
  it('is in the figures of its manufacturer, once, with what it cost and how long it took [D1]', async () => {
    const { repair, serial } = await ordered();
    await received(repair, serial);
    const costs = [{ lineId: 'l1', costClass: 'parts', amount: 20_000 }];
    await says(center, repair, 'inspection', { finding: 'faultConfirmed', currency: 'CNY', costs, usage: {} });
    await says(center, repair, 'parts/reservation', { partId: 'P-7', component: 'motor' });
    await says(center, repair, 'parts/use', { partId: 'P-7' });
    for (const action of ['completion', 'test/failure', 'completion', 'test/pass']) await says(center, repair, action);
    await says(center, repair, 'return', { tracking: 'SF-2' });
    await says(buyer, repair, 'delivery');
    await reaches(repair, 'closed');
    const facts = await factsOf(serial);
    expect(facts).toContainEqual(
      expect.objectContaining({ line_id: 'l1', verdict: 'covered', outcome: 'repair', component: 'motor' }),
    );
    expect(facts).toContainEqual(
      expect.objectContaining({ outcome: 'repaired', failed_tests: 1, parts_cost: 20_000, level_kept: true }),
    );
    const turnaround = await read(maker, 'analysis/turnaround');
    expect(turnaround.status, turnaround.text).toBe(200);
    expect(turnaround.text).toContain('"repairs":1');
    const rates = await read(maker, 'analysis/failure-rates?groupBy=model');
    expect(rates.text).toContain('SD-18V');
  }, 60_000);
});

describe('what a repair cost', () => {
  /** Inspected, with something that only the customer could pay. */
  async function quoted(): Promise<{ repair: string; serial: string; batch: string }> {
    const order = await ordered();
    await received(order.repair, order.serial);
    const costs = [
      { lineId: 'l1', costClass: 'parts', amount: 500_000 },
      { lineId: 'l1', costClass: 'shipping', amount: 3_000 },
      { lineId: null, costClass: 'labour', amount: 7_700 },
    ];
    await says(center, order.repair, 'inspection', { finding: 'faultConfirmed', currency: 'CNY', costs, usage: {} });
    return order;
  }

  it('says what the customer accepted to pay of it, as the repair ends [D1, W4]', async () => {
    const { repair, batch } = await quoted();
    await says(buyer, repair, 'quotation/acceptance', { quotation: 1 });
    for (const action of ['completion', 'test/pass']) await says(center, repair, action);
    await says(center, repair, 'return', { tracking: 'SF-2' });
    expect(await costsOf(batch)).toMatchObject({ lines: 1, paid: 0, repairs: 0, charged: 0 });
    await says(buyer, repair, 'delivery');
    expect(await costsOf(batch)).toMatchObject({ lines: 1, paid: 0, repairs: 1, total: 510_700, charged: 7_700 });
  }, 60_000);

  it('is its shipping where the quotation was declined [D1, W4]', async () => {
    const { repair, batch } = await quoted();
    await says(buyer, repair, 'quotation/refusal', { quotation: 1 });
    await says(center, repair, 'return', { tracking: 'SF-2' });
    await says(buyer, repair, 'delivery');
    expect(await seen(repair)).toMatchObject({ state: 'closed', outcome: 'declined' });
    expect(await costsOf(batch)).toMatchObject({ repairs: 1, shipping: 3_000, total: 3_000, charged: 0 });
  }, 60_000);

  it('is its shipping and the parts, where some were used before it was given up [D1, W4, W6]', async () => {
    for (const isUsed of [true, false]) {
      const { repair, serial, batch } = await quoted();
      await says(buyer, repair, 'quotation/acceptance', { quotation: 1 });
      await says(center, repair, 'parts/reservation', { partId: 'P-7', component: 'motor' });
      if (isUsed) await says(center, repair, 'parts/use', { partId: 'P-7' });
      await says(center, repair, 'abandonment');
      await says(maker, repair, 'disposal', { to: 'scrap' });
      expect(await seen(repair)).toMatchObject({ state: 'closed', outcome: 'beyondRepair' });
      const parts = isUsed ? 500_000 : 0;
      expect(await costsOf(batch)).toMatchObject({ parts, labour: 0, shipping: 3_000, total: parts + 3_000 });
      // Rules decided the claim: the time for its outcome is not the decision's.
      await reaches(repair.replace('repairs', 'claims').slice(0, -2), 'choosingOutcome');
      expect(await factsOf(serial)).toContainEqual(expect.objectContaining({ line_id: 'l1', level_kept: null }));
    }
  }, 60_000);

  it('is all of it where the unit is lost only after it was repaired [D1, W6]', async () => {
    const { repair, batch } = await quoted();
    await says(buyer, repair, 'quotation/acceptance', { quotation: 1 });
    for (const action of ['completion', 'test/pass']) await says(center, repair, action);
    await says(center, repair, 'return', { tracking: 'SF-2' });
    await says(maker, repair, 'loss');
    expect(await seen(repair)).toMatchObject({ state: 'closed', outcome: 'beyondRepair' });
    // Nothing is owed for it any more.
    const all = { parts: 500_000, labour: 7_700, shipping: 3_000, total: 510_700, charged: 0 };
    expect(await costsOf(batch)).toMatchObject(all);
  }, 60_000);
});

describe('a suspension in mid-repair', () => {
  it('of the service center holds the turnaround clock until it is lifted [W7]', async () => {
    const { repair, serial } = await ordered();
    await received(repair, serial);
    const clockIs = (state: string) =>
      eventually(
        `the clock ${state}`,
        async () => (await seen(repair))['clocks'] as { state: string }[],
        ([first]) => first?.state === state,
      );
    await clockIs('running');
    await told('POST', `/accounts/${center.id}/suspensions`, operator(), { reason: 'unpaidInvoice' });
    await clockIs('paused');
    await told('POST', `/accounts/${center.id}/suspensions/unpaidInvoice/lifting`, operator(), {});
    await clockIs('running');
  }, 60_000);
});
