/** The documents behind sales and registrations: uploaded by who names them, read by the manufacturer of the unit [W1]. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deleteRowsOfAccount } from '../../db/erasures.ts';
import { exchangeUnit } from '../../db/unit-exchanges.ts';
import { someday } from '../activities/rows.ts';
import { jpeg, register, registrationBody, storeContract, upload, useApi } from './fixture.ts';
import type { CallOptions } from './fixture.ts';

const api = useApi();
type Party = { id: string; token: string };
const inService = { tags: ['exportable', 'readable', 'service'] };
let maker: Party;
let buyer: Party;
let number: string;

const as = (party: Party, method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown, options: CallOptions = {}) =>
  api.call(method, `/accounts/${party.id}${path}`, {
    as: party.token,
    ...(body === undefined ? {} : { body }),
    ...options,
  });
const proofOf = (n: number, party = maker) => as(party, 'GET', `/units/A-1/owners/${n}/proof`);

beforeEach(async () => {
  const { edition: _, ...body } = registrationBody;
  maker = await register(api);
  buyer = await register(api, { ...body, role: 'customer' });
  for (const { id } of [maker, buyer]) await storeContract(api, id, inService);
  number = String(8_000_000 + Math.floor(Math.random() * 1_000_000));
  await api.db.updateTable('accounts').set({ number }).where('id', '=', maker.id).execute();
  await as(maker, 'PUT', '/models/M', { name: 'Model', components: [] });
  await as(maker, 'PUT', '/units/A-1', { model: 'M' });
});

const bought = (sha256: string) => ({
  manufacturer: number,
  serial: 'A-1',
  on: '2026-04-20',
  proof: { kind: 'invoice', sha256 },
});

describe('a proof of purchase', () => {
  it('is a document that was uploaded by who names it, or is refused with the way out [W1]', async () => {
    const [makers, buyers] = [await upload(api, maker), await upload(api, buyer)];
    const sale = (sha256: string) => ({ on: '2026-04-20', proof: { kind: 'invoice', sha256 } });
    for (const reply of [
      await as(maker, 'POST', '/units/A-1/owners', sale('0'.repeat(64))),
      await as(maker, 'POST', '/units/A-1/owners', sale(buyers)),
      await as(buyer, 'POST', '/registrations', bought('0'.repeat(64))),
      await as(buyer, 'POST', '/registrations', bought(makers)),
    ]) {
      expect(reply.body).toMatchObject({
        status: 422,
        type: '/problems/unknown-evidence',
        field: '/proof/sha256',
        detail: expect.stringContaining('POST /accounts/{accountId}/evidence') as string,
      });
    }
    expect((await as(maker, 'GET', '/units/A-1')).body).toMatchObject({ owners: [], dates: {} });
    expect((await as(buyer, 'POST', '/registrations', bought(buyers))).status).toBe(200);
  });

  it('can be read by the manufacturer of the unit, and by no other [W1]', async () => {
    const invoice = jpeg('the invoice');
    const key = 'one-registration';
    const body = bought(await upload(api, buyer, invoice));
    for (const _time of [1, 2]) expect((await as(buyer, 'POST', '/registrations', body, { key })).status).toBe(200);
    const delivery = jpeg('the delivery note');
    const handedOn = { on: '2026-04-30', proof: { kind: 'deliveryNote', sha256: await upload(api, maker, delivery) } };
    expect((await as(maker, 'POST', '/units/A-1/owners', handedOn)).status).toBe(200);
    await as(maker, 'POST', '/units/A-1/owners', { on: '2026-05-01' });

    const first = await proofOf(1);
    expect(first.bytes.equals(invoice)).toBe(true);
    expect(first.headers).toMatchObject({ 'content-type': 'image/jpeg', 'cache-control': 'no-store' });
    expect(first.headers['content-disposition']).toContain('attachment');
    expect((await proofOf(2)).bytes.equals(delivery)).toBe(true);
    expect((await proofOf(3)).body).toMatchObject({ status: 404, detail: 'No document was given for this owner.' });
    expect((await proofOf(4)).status).toBe(404);

    const rival = await register(api);
    await storeContract(api, rival.id, inService);
    expect((await proofOf(1, rival)).status).toBe(404);
    expect((await proofOf(1, { id: maker.id, token: buyer.token })).status).toBe(404);
    expect((await proofOf(1, buyer)).body).toMatchObject({ status: 403, type: '/problems/not-entitled' });
    // The manufacturer sees this document, and no other of the customer.
    expect((await as(maker, 'GET', `/evidence/${body.proof.sha256}`)).status).toBe(404);
    expect((await as({ id: buyer.id, token: maker.token }, 'GET', `/evidence/${body.proof.sha256}`)).status).toBe(404);
  });

  it('is still the customer’s where another unit takes the place of the one that was bought [W1, W6]', async () => {
    const invoice = jpeg('the invoice');
    expect((await as(buyer, 'POST', '/registrations', bought(await upload(api, buyer, invoice)))).status).toBe(200);
    const exchange = { accountId: maker.id, serial: 'A-1', newSerial: 'A-2', repairId: 'r', at: someday };
    await api.db.transaction().execute((trx) => exchangeUnit(trx, exchange));
    expect((await as(maker, 'GET', '/units/A-2/owners/1/proof')).bytes.equals(invoice)).toBe(true);
  });

  it('goes with the account that gave it: while it is being erased, and after [W1, V5]', async () => {
    await as(buyer, 'POST', '/registrations', bought(await upload(api, buyer)));
    const { id } = buyer;
    await api.db.updateTable('accounts').set({ erased_at: api.now.toISOString() }).where('id', '=', id).execute();
    // Its file goes first, then its rows.
    await api.db.deleteFrom('files').where('account_id', '=', id).execute();
    expect((await proofOf(1)).body).toMatchObject({ status: 410, type: '/problems/account-erased' });
    await api.db.transaction().execute((trx) => deleteRowsOfAccount(trx, id, null));
    const { status, body } = await proofOf(1);
    expect([status, body['detail']]).toEqual([404, 'The document went with the account of the customer who gave it.']);
  });
});
