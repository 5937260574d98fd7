/** Units that a repair sends in advance or lends, over HTTP, with a real worker: which they may be, and what they may cost. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { policyExample } from '../../api/warranty-fields.ts';
import { useLiveApi } from './live.ts';
import { eventually, useParties } from './parties.ts';
import type { Party } from './parties.ts';

const live = useLiveApi();
const { told, open, join, act, read } = useParties(live, `spare-${randomUUID().slice(0, 8)}`);
let maker: Party;
let buyer: Party;
let center: Party;
let serials = 0;

beforeAll(async () => {
  await open('2027-05-31T02:00:00.000Z');
  [maker, buyer, center] = [await join('manufacturer'), await join('customer'), await join('serviceCenter')];
  const components = ['motor', 'blade'].map((id) => ({ id, partOf: null }));
  await told('PUT', `/accounts/${maker.id}/models/SD-18V`, maker.token, { name: 'Cordless drill 18 V', components });
  await told('PUT', `/accounts/${maker.id}/policies/standard-2026`, maker.token, policyExample);
  const models = [{ manufacturer: maker.number, model: 'SD-18V' }];
  const declaration = { region: 'CN-TJ', capacity: 20, models };
  await told('PUT', `/accounts/${center.id}/service-center`, center.token, declaration);
  await told('PUT', `/accounts/${maker.id}/authorised-centers/${center.number}`, maker.token, {});
}, 120_000);

/** A drill that its manufacturer has. */
async function made(): Promise<string> {
  serials += 1;
  const serial = `SD18-${serials}`;
  const unit = { model: 'SD-18V', dates: { shipment: '2027-02-01', proofOfPurchase: '2027-03-01' } };
  await told('PUT', `/accounts/${maker.id}/units/${serial}`, maker.token, unit);
  return serial;
}

async function sold(): Promise<string> {
  const serial = await made();
  await act(maker, `units/${serial}/owners`, { on: '2027-03-01', customer: buyer.number });
  return serial;
}

/** A repair of the buyer's drill, which a center is asked for; its address below an account's. */
async function ordered(serial?: string): Promise<{ repair: string; serial: string }> {
  const unit = serial ?? (await sold());
  const lines = [{ component: 'motor', cause: 'defect' }];
  const claim = await act(buyer, 'claims', { manufacturer: maker.number, serial: unit, failedOn: '2027-05-30', lines });
  const repair = `repairs/${String(claim['claimId'])}.1`;
  await eventually('the offer', () => seen(repair), ({ state }) => state === 'offered'); // prettier-ignore
  return { repair, serial: unit };
}

const seen = async (repair: string) => (await read(maker, repair)).body;
const post = (repair: string, action: string, body: object, key?: string) =>
  live.call('POST', `/accounts/${maker.id}/${repair}/${action}`, {
    as: maker.token,
    body,
    ...(key === undefined ? {} : { key }),
  });
const spare = (serial: string, currency = 'CNY') => ({ serial, charge: 90_000, currency });

describe('what a spare unit costs', () => {
  it('is in the currency of the claim [W4]', async () => {
    const { repair } = await ordered();
    const other = await made();
    await act(maker, `${repair}/replacement`);
    for (const [action, body] of [
      ['replacement/shipment', { ...spare(other, 'USD'), tracking: 'SF-1' }],
      ['loaner', spare(other, 'USD')],
    ] as const) {
      const { status, body: refused } = await post(repair, action, body);
      expect([status, refused['field']]).toEqual([400, '/currency']);
      expect(refused['detail']).toContain('CNY');
    }
    expect(await seen(repair)).toMatchObject({ replacement: null, loaner: null });
    await act(maker, `${repair}/replacement/shipment`, { ...spare(other), tracking: 'SF-1' });
    expect(await seen(repair)).toMatchObject({ replacement: { serial: other, charge: 90_000, currency: 'CNY' } });
  }, 60_000);
});
