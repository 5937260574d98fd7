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

const refusal = async (repair: string, serial: string) => {
  const { status, body } = await post(repair, 'loaner', spare(serial));
  return [status, String(body['type']).replace('/problems/', ''), body['field'], body['detail']];
};
const about = (words: string) => expect.stringContaining(words) as unknown;

describe('a loaner', () => {
  it('is a unit of its manufacturer that nobody owns, repairs or has on loan [W4]', async () => {
    const [{ repair, serial }, other, owned] = [await ordered(), await ordered(), await sold()];
    expect(await refusal(repair, 'NOPE-9')).toEqual([404, 'not-found', '/serial', about('register the loaner first')]);
    for (const [unit, words] of [
      [serial, 'unit that is repaired'],
      [owned, 'lend one that has no owner'],
      [other.serial, 'lend one that has no owner'],
    ] as const) {
      expect(await refusal(repair, unit)).toEqual([409, 'already-exists', '/serial', about(words)]);
    }
    const loaner = await made();
    const key = randomUUID();
    const twice = await Promise.all([1, 2].map(() => post(repair, 'loaner', spare(loaner), key)));
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    expect(await refusal(other.repair, loaner)).toEqual([
      409,
      'already-exists',
      '/serial',
      about('on loan in another'),
    ]);
    await act(maker, `${other.repair}/replacement`);
    const sent = await post(other.repair, 'replacement/shipment', { ...spare(loaner), tracking: 'SF-1' });
    expect([sent.status, sent.body['field']]).toEqual([409, '/serial']);
    // Once more for the same repair, it is for the repair to refuse; it keeps what it has.
    expect((await refusal(repair, loaner)).slice(0, 2)).toEqual([409, 'event-refused']);
    expect(await refusal(other.repair, loaner)).toEqual([
      409,
      'already-exists',
      '/serial',
      about('on loan in another'),
    ]);
    await act(maker, `${repair}/loaner/return`);
    await act(maker, `${other.repair}/loaner`, spare(loaner));
    expect(await seen(other.repair)).toMatchObject({ loaner: { serial: loaner, state: 'out' } });
    // The command that lent it first is answered as it was, and lends nothing.
    expect((await post(repair, 'loaner', spare(loaner), key)).body['sequence']).toBe(twice[0]!.body['sequence']);
  }, 60_000);

  it('is no unit that is in a repair, also where nobody owns it [W4]', async () => {
    const [{ repair }, unsold] = [await ordered(), await made()];
    const lines = [{ component: 'motor', cause: 'defect' }];
    const claim = await act(maker, 'claims', { serial: unsold, failedOn: '2027-05-30', lines });
    const own = `repairs/${String(claim['claimId'])}.1`;
    await eventually('its repair', () => seen(own), ({ state }) => state === 'offered'); // prettier-ignore
    expect(await refusal(repair, unsold)).toEqual([409, 'already-exists', '/serial', about('in a repair itself')]);
  }, 60_000);

  it('that two repairs lend at once goes to one of them, and to the other when it is refused [W4]', async () => {
    const repairs = [await ordered(), await ordered(), await ordered()].map(({ repair }) => repair);
    for (const _time of [1, 2, 3]) {
      const loaner = await made();
      const free = await Promise.all(repairs.map(async (repair) => (await seen(repair))['loaner'] === null));
      const asking = repairs.filter((_, index) => free[index]);
      const answers = await Promise.all(asking.map((repair) => post(repair, 'loaner', spare(loaner))));
      const statuses = answers.map(({ status }) => status).toSorted((one, other) => one - other);
      expect(statuses).toEqual([200, 409, 409].slice(0, asking.length));
    }
    const loaners = await Promise.all(repairs.map(async (repair) => (await seen(repair))['loaner']));
    expect(new Set(loaners.map((loaner) => (loaner as { serial: string }).serial)).size).toBe(3);
    // All three have had theirs and take no other: what each was reserved for is free again.
    const [another, fourth] = [await made(), await ordered()];
    for (const repair of repairs) expect((await refusal(repair, another)).slice(0, 2)).toEqual([409, 'event-refused']);
    await act(maker, `${fourth.repair}/loaner`, spare(another));
  }, 60_000);
});

describe('a unit that takes another one’s place', () => {
  const shipped = (repair: string, serial: string, key?: string) =>
    post(repair, 'replacement/shipment', { ...spare(serial), tracking: 'SF-1' }, key);

  it('is sent by one of the repairs that send it at once, registered or not [W4, W6]', async () => {
    const repairs = [await ordered(), await ordered(), await ordered()].map(({ repair }) => repair);
    for (const repair of repairs) await act(maker, `${repair}/replacement`);
    for (const serial of [await made(), `NEW-${randomUUID().slice(0, 8)}`]) {
      const open = (await Promise.all(repairs.map(seen))).map(({ replacement }) => replacement === null);
      const asking = repairs.filter((_, index) => open[index]);
      const answers = await Promise.all(asking.map((repair) => shipped(repair, serial)));
      const refused = answers.filter(({ status }) => status !== 200);
      expect(answers.length - refused.length, serial).toBe(1);
      for (const { status, body } of refused) {
        expect([status, body['type'], body['field']]).toEqual([409, '/problems/already-exists', '/serial']);
      }
      const { body } = await read(maker, `units/${serial}`);
      expect([body['owners'], body['exchanges']]).toMatchObject([
        [{ customer: buyer.number }],
        [{ newSerial: serial }],
      ]);
    }
  }, 60_000);

  it('takes one place only, also where nobody owns either [W4, W6]', async () => {
    const unsold = async () => {
      const lines = [{ component: 'motor', cause: 'defect' }];
      const claim = await act(maker, 'claims', { serial: await made(), failedOn: '2027-05-30', lines });
      const repair = `repairs/${String(claim['claimId'])}.1`;
      await eventually('its repair', () => seen(repair), ({ state }) => state === 'offered'); // prettier-ignore
      await act(maker, `${repair}/replacement`);
      return repair;
    };
    const [first, second, serial, key] = [await unsold(), await unsold(), await made(), randomUUID()];
    const once = await shipped(first, serial, key);
    expect([once.status, (await shipped(first, serial, key)).body]).toEqual([200, once.body]);
    expect((await shipped(second, serial)).body).toMatchObject({ status: 409, field: '/serial' });
    // Nobody's still: its manufacturer may sell it.
    await act(maker, `units/${serial}/owners`, { on: '2027-05-31', customer: buyer.number });
  }, 60_000);
});

describe('a unit on loan', () => {
  it('is sold to nobody before it is back [W1, W4]', async () => {
    const [{ repair }, loaner] = [await ordered(), await made()];
    await act(maker, `${repair}/loaner`, spare(loaner));
    const sale = { on: '2027-05-31', customer: buyer.number };
    const sell = () =>
      live.call('POST', `/accounts/${maker.id}/units/${loaner}/owners`, { as: maker.token, body: sale });
    expect((await sell()).body).toMatchObject({
      status: 409,
      type: '/problems/already-exists',
      field: 'serial',
      detail: about('say there first that it is back'),
    });
    await act(maker, `${repair}/loaner/return`);
    expect((await sell()).status).toBe(200);
  }, 60_000);
});

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
