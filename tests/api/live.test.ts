/** The API in front of real contracts: registered, paid, renewed, ended, on a test clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { useLiveApi, type Answered } from './live.ts';

const live = useLiveApi();

const body = {
  role: 'manufacturer',
  edition: 'professional',
  clock: 'live',
  organisation: { name: 'Zanzibar Tools Ltd.', address: '12 Quokka Street, Tianjin' },
  contact: { name: 'Li Wombat', email: 'wombat@tools.example' },
};

it('takes a manufacturer from registration to erasure, and every read sees the command before it [A1, C3, C6, R2, R3, V5]', async () => {
  const operator = live.config.operatorKey;
  const asOperator = (path: string, command: object) => live.call('POST', path, { as: operator, body: command });
  expect((await asOperator('/clocks', { name: 'live', at: '2030-05-01T02:00:00.000Z' })).status).toBe(201);
  for (const [yearlyAmount, effectiveFrom] of [
    [1_200_000, '2030-01-01T00:00:00Z'],
    [1_300_000, '2031-01-01T00:00:00Z'],
  ]) {
    const list = { role: 'manufacturer', edition: 'professional', currency: 'CNY', yearlyAmount, effectiveFrom };
    expect((await asOperator('/price-lists', list)).status).toBe(201);
  }

  const registered = await live.call('POST', '/accounts', { body });
  expect(registered.status, registered.text).toBe(201);
  const { accountId, token, agreement } = registered.body as { accountId: string; token: string; agreement: object };
  const path = `/accounts/${accountId}`;
  const asUser = (below: string, command: object = {}) =>
    live.call('POST', `${path}${below}`, { as: token, body: command });
  const account = async () => (await live.call('GET', path, { as: token })).body;
  const until = async (isSo: (seen: Awaited<ReturnType<typeof account>>) => boolean) => {
    for (let tries = 0; tries < 100; tries += 1) {
      const seen = await account();
      if (isSo(seen)) return seen;
      await sleep(100);
    }
    throw new Error(`it never became so: ${JSON.stringify(await account())}`);
  };

  const confirmed = await asUser('/confirmation', agreement);
  expect(confirmed.status, confirmed.text).toBe(200);
  expect(await account()).toMatchObject({
    state: confirmed.body['state'],
    agreement: { confirmedAt: expect.any(String) as string },
  });
  const verified = await asOperator(`${path}/verification`, { outcome: 'verified' });
  expect(verified.status, verified.text).toBe(200);

  await until(({ orders }) => (orders as unknown[]).length === 1);
  const order = await live.call('GET', `${path}/orders/1`, { as: token });
  expect(order.body).toMatchObject({ total: 1_200_000, currency: 'CNY', status: 'open', kind: 'registration' });
  const page = await live.call('GET', `${path}/orders/1`, { as: token, headers: { accept: 'text/html' } });
  expect(page.text).toContain('CNY 12,000.00');
  expect(page.text).not.toContain('<script');

  const pay = (bankTransactionId: string, amount: number, reference: string) =>
    asOperator('/receipts', {
      bankTransactionId,
      amount,
      currency: 'CNY',
      bookedOn: '2026-05-03',
      text: `for ${reference}`,
      payer: 'Zanzibar',
    });
  const reference = String(order.body['reference']);
  const settled = async (answer: { body: Answered; text: string }, wanted: object) => {
    const receipt = `/receipts/${String(answer.body['receiptId'])}`;
    const read = async () => (await live.call('GET', receipt, { as: operator })).body;
    for (let tries = 0; tries < 100 && (await read())['state'] === 'received'; tries += 1) await sleep(100);
    expect(await read(), answer.text).toMatchObject(wanted);
  };
  await settled(await pay('T-1', 500_000, reference), { state: 'applied', applied: 500_000 });
  expect((await account())['orders']).toMatchObject([
    { status: 'partlyPaid', received: 500_000, outstanding: 700_000 },
  ]);
  const astray = await asOperator('/receipts', {
    bankTransactionId: 'T-2',
    amount: 700_000,
    currency: 'CNY',
    bookedOn: '2026-05-03',
    text: 'no reference',
    clock: 'live',
  });
  await settled(astray, { state: 'unapplied', reason: 'noReference' });
  const assigned = await asOperator(`/receipts/${String(astray.body['receiptId'])}/assignment`, { reference });
  expect(assigned.status, assigned.text).toBe(200);
  await settled(astray, { state: 'applied', applied: 700_000 });
  const active = await until(({ number }) => number !== null);
  expect(active).toMatchObject({ entitlements: { functions: ['warrantyManagement', 'repairServices'] } });

  const early = await asUser('/renewals', { years: 1 });
  expect(early.body).toMatchObject({
    status: 409,
    type: '/problems/event-refused',
    notBefore: expect.any(String) as string,
  });
  const advanced = await asOperator('/clocks/live/advance', { to: String(early.body['notBefore']) });
  expect(advanced.status, advanced.text).toBe(200);
  await until(({ notices }) => JSON.stringify(notices).includes('renewalNotice'));
  const renewal = await asUser('/renewals', { years: 1 });
  expect(renewal.status, renewal.text).toBe(201);
  expect(renewal.body).toMatchObject({ order: { n: 2, kind: 'renewal', total: 1_300_000, status: 'open' } });
  await pay('T-3', 1_300_000, (renewal.body['order'] as { reference: string }).reference);
  expect((await asOperator(`${path}/renewals/2/verification`, { outcome: 'verified' })).status).toBe(200);
  await until(({ term }) => (term as { years: number }).years === 2);

  const exported = await live.call('GET', `${path}/export`, { as: token });
  expect(exported.body).toMatchObject({ sections: { information: [{ contact: { name: 'Li Wombat' } }] } });
  expect((exported.body['sections'] as { receipts: unknown[] }).receipts).toHaveLength(3);
  const left = await asUser('/termination');
  expect(left.status, left.text).toBe(200);
  expect(await account()).toMatchObject({ tags: expect.arrayContaining(['windingDown']) as string[] });
  const { nextDeadline } = (await account()) as { nextDeadline: { at: string } };
  await asOperator('/clocks/live/advance', { to: nextDeadline.at });
  let gone = await live.call('GET', path, { as: token });
  for (let tries = 0; tries < 100 && gone.body['certificate'] === undefined; tries += 1) {
    await sleep(100);
    gone = await live.call('GET', path, { as: token });
  }
  expect(gone.body, gone.text).toMatchObject({ status: 410, certificate: expect.any(String) as string });
  const certificate = await live.call('GET', String(gone.body['certificate']));
  expect(certificate.body).toMatchObject({ clause: 'V5', accountNumber: active['accountNumber'] });
}, 180_000);
