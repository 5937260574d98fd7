/** A repair's life for the recordings: ordered by a claim, declined once, quoted, waiting for a part, tested twice, returned. */
import type { Api } from '../../bench/api.ts';
import { eventually } from '../../bench/api.ts';
import { live, prepare } from '../../bench/contract-life.ts';
import { policyExample } from '../../api/warranty-fields.ts';

const clock = 'recorded-repairs';

interface Party {
  readonly accountId: string;
  readonly token: string;
}

/**
 * @param at called after each stage, with its name
 * @returns the repair's id
 */
export async function liveRepair(
  api: Api,
  operatorKey: string,
  at: (stage: string, repairId: string) => Promise<void>,
): Promise<string> {
  await prepare(api, clock, '2027-05-31T02:00:00.000Z');
  const price = { currency: 'CNY', yearlyAmount: 100_000, effectiveFrom: '2026-01-01T00:00:00.000Z' };
  await api.send('POST', '/price-lists', { role: 'serviceCenter', ...price }, 'repair.price', operatorKey);
  const maker = await live(api, clock, 'recorded-repair-maker', (_, act) => act(), undefined, 'secondTransfer');
  const buyer = await join(api, operatorKey, 'customer', 'buyer');
  const centers = [
    await join(api, operatorKey, 'serviceCenter', 'center-1'),
    await join(api, operatorKey, 'serviceCenter', 'center-2'),
  ];
  const numberOf = async ({ accountId, token }: Party) =>
    (await api.get<{ accountNumber: string }>(`/accounts/${accountId}`, token)).accountNumber;
  const own = (party: Party, method: 'POST' | 'PUT', path: string, body: object) =>
    api.send<{ claimId: string }>(method, `/accounts/${party.accountId}/${path}`, body, `repair.${path}`, party.token);

  const components = ['motor', 'blade'].map((id) => ({ id, partOf: null }));
  const manufacturer = await numberOf(maker);
  await own(maker, 'PUT', 'models/SD-18V', { name: 'Drill', components });
  await own(maker, 'PUT', 'policies/standard-2026', policyExample);
  await own(maker, 'PUT', 'units/SD18-1', {
    model: 'SD-18V',
    dates: { shipment: '2027-02-01', proofOfPurchase: '2027-03-01' },
  });
  await own(maker, 'POST', 'units/SD18-1/owners', { on: '2027-03-01', customer: await numberOf(buyer) });
  const models = [{ manufacturer, model: 'SD-18V' }];
  for (const center of centers) {
    await own(center, 'PUT', 'service-center', { region: 'CN-TJ', capacity: 5, models });
    await own(maker, 'PUT', `authorised-centers/${await numberOf(center)}`, {});
  }
  const lines = [{ component: 'motor', cause: 'defect' }];
  const { claimId: id } = await own(buyer, 'POST', 'claims', {
    manufacturer,
    serial: 'SD18-1',
    failedOn: '2027-05-30',
    lines,
  });
  const repair = `repairs/${id}.1`;
  const seen = () => api.get<{ state: string; center: string }>(`/accounts/${maker.accountId}/${repair}`, maker.token);
  const isThere = async (state: string) => {
    const view = await seen().catch(() => undefined);
    return view?.state === state;
  };
  const reaches = async (state: string, stage = state) => {
    await eventually(state, () => isThere(state));
    await at(stage, `${id}.1`);
  };
  const says = (party: Party, action: string, body: object = {}, n = 1) =>
    api.send(
      'POST',
      `/accounts/${party.accountId}/${repair}/${action}`,
      body,
      `repair.${party.accountId}.${action}.${n}`,
      party.token,
    );

  await reaches('offered');
  const [declining, center] = (await numberOf(centers[0]!)) === (await seen()).center ? centers : centers.toReversed();
  await says(declining!, 'decline');
  const number = await numberOf(center!);
  await eventually('the other center', async () => (await seen()).center === number);
  await says(center!, 'acceptance');
  await reaches('awaitingShipment');
  await says(maker, 'loaner', { serial: 'SD18-L', charge: 40_000, currency: 'CNY' });
  await says(buyer, 'shipment', { tracking: 'SF-1' });
  await says(center!, 'receipt', { serial: 'SD18-1', condition: 'ok', missing: [] });
  await reaches('inspecting');
  const costs = [
    { lineId: 'l1', costClass: 'parts', amount: 20_000 },
    { lineId: null, costClass: 'labour', amount: 5_000 },
  ];
  await says(center!, 'inspection', { finding: 'faultConfirmed', currency: 'CNY', costs, usage: { hours: 12 } });
  await reaches('quoting');
  await says(buyer, 'quotation/acceptance', { quotation: 1 });
  await says(center!, 'parts/order', { partId: 'P-7', component: 'motor' });
  await reaches('waitingForParts');
  await says(center!, 'parts/arrival', { partId: 'P-7' });
  await says(center!, 'parts/use', { partId: 'P-7' });
  await says(center!, 'completion');
  await says(center!, 'test/failure');
  await says(center!, 'completion', {}, 2);
  await says(center!, 'test/pass');
  await reaches('returning');
  await says(center!, 'return', { tracking: 'SF-2' });
  await reaches('outbound');
  await says(buyer, 'delivery');
  await reaches('closed', 'loanerDue');
  await says(maker, 'loaner/return');
  return `${id}.1`;
}

async function join(api: Api, operatorKey: string, role: 'customer' | 'serviceCenter', name: string): Promise<Party> {
  const party = await api.send<Party & { agreement: object }>(
    'POST',
    '/accounts',
    {
      role,
      clock,
      organisation: { name: 'Sample Works Ltd.', address: '12 Example Street, Tianjin' },
      contact: { name: 'Li Example', email: `${name}@recorded.example`, phone: '+86 22 5555 0100' },
    },
    `repair.${name}`,
  );
  const path = `/accounts/${party.accountId}`;
  const account = () => api.get<{ tags: string[]; orders: { reference: string }[] }>(path, party.token);
  const has = (tag: string) => async () => (await account()).tags.includes(tag);
  await eventually('the contract', has('readable'));
  await api.send('POST', `${path}/confirmation`, party.agreement, `repair.${name}.confirmed`, party.token);
  await api.send('POST', `${path}/verification`, { outcome: 'verified' }, `repair.${name}.verified`, operatorKey);
  if (role === 'serviceCenter') {
    await eventually('the order', async () => (await account()).orders.length > 0);
    const transfer = { bankTransactionId: `repair.${name}`, amount: 100_000, currency: 'CNY', bookedOn: '2027-05-31' };
    const { reference } = (await account()).orders[0]!;
    await api.send('POST', '/receipts', { ...transfer, reference, clock }, `repair.${name}.paid`, operatorKey);
  }
  await eventually('service', has('service'));
  return party;
}
