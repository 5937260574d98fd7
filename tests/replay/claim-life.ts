/** A claim's life for the recordings: asked, answered, decided with goodwill, appealed, arbitrated and carried out. */
import type { Api } from '../../bench/api.ts';
import { eventually } from '../../bench/api.ts';
import { live, prepare } from '../../bench/contract-life.ts';
import { policyExample } from '../../api/warranty-fields.ts';

const clock = 'recorded-claims';

/**
 * @param at called after each stage, with its name
 * @returns the claim's id
 */
export async function liveClaim(
  api: Api,
  operatorKey: string,
  at: (stage: string, claimId: string) => Promise<void>,
): Promise<string> {
  await prepare(api, clock, '2027-05-31T02:00:00.000Z');
  const maker = await live(api, clock, 'recorded-maker', (_, act) => act(), undefined, 'secondTransfer');
  const number = async (id: string, token: string) =>
    (await api.get<{ accountNumber: string }>(`/accounts/${id}`, token)).accountNumber;
  const buyer = await join(api, operatorKey);
  const own = (method: 'POST' | 'PUT', path: string, body: object) =>
    api.send(method, `/accounts/${maker.accountId}${path}`, body, `recorded.${method}.${path}`, maker.token);
  const components = ['motor', 'blade'].map((id) => ({ id, partOf: null }));
  await own('PUT', '/models/SD-18V', { name: 'Drill', components });
  await own('PUT', '/policies/standard-2026', policyExample);
  await own('PUT', '/units/SD18-1', { model: 'SD-18V', dates: { shipment: '2027-02-01' } });
  await own('POST', '/units/SD18-1/owners', { on: '2027-03-01', customer: await number(buyer.accountId, buyer.token) });
  const filed = {
    manufacturer: await number(maker.accountId, maker.token),
    serial: 'SD18-1',
    failedOn: '2027-05-30',
    lines: [{ component: null }],
  };
  const { claimId: id } = await api.send<{ claimId: string }>(
    'POST',
    `/accounts/${buyer.accountId}/claims`,
    filed,
    'recorded.claim',
    buyer.token,
  );
  const reaches = async (state: string) => {
    const path = `/accounts/${maker.accountId}/claims/${id}`;
    await eventually(state, async () => (await api.get<{ state: string }>(path, maker.token)).state === state);
    await at(state, id);
  };
  const by = (party: { accountId: string; token: string }) => (path: string, body: object, key: string) =>
    api.send('POST', `/accounts/${party.accountId}/claims/${id}/${path}`, body, `recorded.${key}`, party.token);
  const [makerSays, buyerSays] = [by(maker), by(buyer)];
  await reaches('deciding');
  await makerSays('information-requests', { codes: ['photoOfPlate'] }, 'asked');
  await reaches('awaitingInformation');
  const facts = [{ lineId: 'l1', component: 'motor', cause: 'misuse', usage: {} }];
  await buyerSays('information', { facts, evidence: [] }, 'answered');
  await reaches('deciding');
  await makerSays('decisions', { lineId: 'l1', decidedBy: 'clerk-1' }, 'decided');
  await reaches('decided');
  await buyerSays('appeal', { reason: 'wrongFacts' }, 'appealed');
  const offer = { lineId: 'l1', amount: 60_000, currency: 'CNY', reason: 'loyalty', decidedBy: 'clerk-2' };
  await makerSays('goodwill', offer, 'offered');
  const { lineId, amount, currency } = offer;
  await makerSays('goodwill-approvals', { lineId, amount, currency, decidedBy: 'head-1' }, 'approved');
  await makerSays('outcome', { outcome: 'refund', decidedBy: 'clerk-2' }, 'chosen');
  await buyerSays('arbitration-request', { reason: 'wrongFacts' }, 'disputed');
  await reaches('arbitrating');
  const award = {
    awards: [{ lineId: 'l1', amount: 5_000, currency: 'CNY' }],
    outcome: 'refund',
    decidedBy: 'arbiter-1',
  };
  await api.send('POST', `/claims/${id}/arbitration`, award, 'recorded.awarded', operatorKey);
  await reaches('carryingOut');
  await makerSays('fulfilment', { reference: 'transfer-1' }, 'fulfilled');
  await reaches('fulfilled');
  await buyerSays('acceptance', {}, 'accepted');
  await reaches('closed');
  return id;
}

async function join(api: Api, operatorKey: string): Promise<{ accountId: string; token: string }> {
  const body = {
    role: 'customer',
    clock,
    organisation: { name: 'Sample Works Ltd.', address: '12 Example Street, Tianjin' },
    contact: { name: 'Li Example', email: 'buyer@recorded.example', phone: '+86 22 5555 0100' },
  };
  const buyer = await api.send<{ accountId: string; token: string; agreement: object }>(
    'POST',
    '/accounts',
    body,
    'recorded.buyer',
  );
  const path = `/accounts/${buyer.accountId}`;
  const has = (tag: string) => async () => (await api.get<{ tags: string[] }>(path, buyer.token)).tags.includes(tag);
  await eventually('the contract', has('readable'));
  await api.send('POST', `${path}/confirmation`, buyer.agreement, 'recorded.confirmed', buyer.token);
  await api.send('POST', `${path}/verification`, { outcome: 'verified' }, 'recorded.verified', operatorKey);
  await eventually('service', has('service'));
  return buyer;
}
