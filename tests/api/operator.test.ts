/** What the operator publishes: agreement versions, price lists, announcements. Each once, and never changed. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { firstVersion } from '../../machines/agreement.ts';
import { OPERATOR_KEY, register, useApi } from './fixture.ts';

const api = useApi();
const as = OPERATOR_KEY;
const post = (url: string, body: object, key?: string) => api.call('POST', url, { as, body, ...(key ? { key } : {}) });

const version = (changes: object = {}) => ({
  version: `v-${randomUUID().slice(0, 8)}`,
  text: 'The whole text',
  terms: { windDown: 'P30D' },
  counterparty: { id: 'company', name: 'Company' },
  bankAccount: { receivingUnit: 'Company', bank: 'Bank', accountNumber: '1' },
  effectiveAt: '2030-01-01T00:00:00.000Z',
  ...changes,
});

describe('agreement versions', () => {
  it('start with the first one, whose text has the hash that a confirmation names [A1]', async () => {
    const { body } = await api.call('GET', '/agreement');
    expect(body).toMatchObject({ version: firstVersion.version, textHash: firstVersion.textHash });
    expect(body['terms']).toContainEqual(
      expect.objectContaining({ name: 'renewalNotice', value: 'P90D', clause: 'R1' }),
    );
  });

  it('are announced when they are published, and take effect when they say [A6]', async () => {
    const published = version();
    expect((await post('/agreements', published)).body).toMatchObject({ version: published.version });
    expect((await api.call('GET', '/agreement')).body).toMatchObject({ version: firstVersion.version });
    const shown = await api.call('GET', `/agreements/${published.version}`);
    expect(shown.body['terms']).toContainEqual(expect.objectContaining({ name: 'windDown', value: 'P30D' }));
    const { text } = await api.call('GET', '/announcements');
    expect(text).toContain(published.version);
  });

  it('are published once: the same again is the same, another under the name is refused', async () => {
    const published = version();
    await post('/agreements', published);
    expect((await post('/agreements', published)).status).toBe(201);
    const other = await post('/agreements', { ...published, text: 'Another text' });
    expect(other.body).toMatchObject({ status: 409, type: '/problems/already-exists', field: '/version' });
    const announced = (await api.call('GET', '/announcements')).text.split(published.version).length - 1;
    expect(announced).toBe(1);
  });

  it('are refused with terms that are unknown or malformed, naming the term', async () => {
    for (const [terms, field] of [
      [{ windDown: 'P0D' }, '/terms/windDown'],
      [{ timeZone: 'Moon/Sea' }, '/terms/timeZone'],
      [{ noSuchTerm: 'P1D' }, '/terms/noSuchTerm'],
    ] as const) {
      const reply = await post('/agreements', version({ terms }));
      expect(reply.status, reply.text).toBeGreaterThanOrEqual(400);
      expect(reply.body).toMatchObject({ field });
    }
  });
});

describe('price lists', () => {
  const list = {
    role: 'manufacturer',
    edition: 'standard',
    currency: 'CNY',
    yearlyAmount: 800_000,
    effectiveFrom: '2026-01-01T00:00:00Z',
  };

  it('are added once for each key, and listed [E3]', async () => {
    const key = randomUUID();
    const first = await post('/price-lists', list, key);
    expect(first.status, first.text).toBe(201);
    expect((await post('/price-lists', list, key)).body).toEqual(first.body);
    expect((await post('/price-lists', { ...list, yearlyAmount: 1 }, key)).body).toMatchObject({ status: 422 });
    const { text } = await api.call('GET', '/price-lists', { as });
    expect(text.split(String(first.body['id'])).length - 1).toBe(1);
  });

  it('may be for one account alone, which must be there [C8]', async () => {
    const { id } = await register(api);
    expect((await post('/price-lists', { ...list, accountId: id })).body).toMatchObject({ accountId: id });
    const nobody = await post('/price-lists', { ...list, accountId: randomUUID() });
    expect(nobody.body).toMatchObject({ status: 404, field: '/accountId' });
  });

  it('have an edition exactly when they are for manufacturers [E2]', async () => {
    expect((await post('/price-lists', { ...list, edition: null })).body).toMatchObject({
      status: 400,
      field: '/edition',
    });
    expect((await post('/price-lists', { ...list, role: 'customer' })).body).toMatchObject({
      status: 400,
      field: '/edition',
    });
    const ends = await post('/price-lists', { ...list, effectiveUntil: list.effectiveFrom });
    expect(ends.body).toMatchObject({ status: 400, field: '/effectiveUntil' });
  });
});

describe('announcements', () => {
  it('are delivered when they are posted, once for each key, and public [A6]', async () => {
    const key = randomUUID();
    const body = { title: 'Closed', text: 'From 1 to 7 October.\nThank you.' };
    const first = await post('/announcements', body, key);
    expect(first.body).toMatchObject({ kind: 'announcement', params: body });
    expect(first.body['deliveredAt']).toBe(first.body['postedAt']);
    expect((await post('/announcements', body, key)).body).toEqual(first.body);
    expect((await post('/announcements', { ...body, title: 'Open' }, key)).body).toMatchObject({ status: 422 });
    const { text } = await api.call('GET', '/announcements');
    expect(text).toContain(String(first.body['noticeId']));
  });

  it('never show what was posted to one account', async () => {
    const { id, token } = await register(api);
    await api.db
      .insertInto('notices')
      .values({
        id: randomUUID(),
        account_id: id,
        kind: 'renewalNotice',
        params: '{}',
        posted_key: randomUUID(),
        posted_at: api.now.toISOString(),
        delivered_at: null,
        deletes_at: null,
        certificate_number: null,
        mail_sent_at: null,
        mail_message_id: null,
        mail_error: null,
      })
      .execute();
    expect((await api.call('GET', '/announcements')).text).not.toContain('renewalNotice');
    expect((await api.call('GET', `/accounts/${id}/notices`, { as: token })).text).toContain('renewalNotice');
  });
});
