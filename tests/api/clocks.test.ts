/** Test clocks: moved forward only, once for each request, and not at all where the server has none. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { distanceInWords } from '../../api/contract-time.ts';
import { OPERATOR_KEY, register, registrationBody, useApi } from './fixture.ts';

const as = OPERATOR_KEY;

describe('test clocks', () => {
  const api = useApi();
  const post = (url: string, body: object, key?: string) =>
    api.call('POST', url, { as, body, ...(key ? { key } : {}) });

  it('are what an account attached to them sees as its present', async () => {
    expect((await post('/clocks', { name: 'leap', at: '2028-02-29T04:00:00.000Z' })).status).toBe(201);
    const { id, token } = await register(api, { ...registrationBody, clock: 'leap' });
    api.now = new Date(api.now.getTime() + 1000);
    const { body } = await api.call('GET', `/accounts/${id}`, { as: token });
    expect(body).toMatchObject({ clock: 'leap', now: '2028-02-29T04:00:01.000Z' });
  });

  it('are made once: the same again is the same, another under the name is refused', async () => {
    const clock = { name: 'once', at: '2028-02-29T04:00:00.000Z' };
    await post('/clocks', clock);
    expect((await post('/clocks', clock)).status).toBe(201);
    expect((await post('/clocks', { ...clock, at: '2028-03-01T00:00:00Z' })).body).toMatchObject({
      status: 409,
      field: '/name',
    });
  });

  it('are made once for a key: repeated later it is answered alike, and with another body refused', async () => {
    const key = randomUUID();
    const clock = { name: 'keyed', at: '2026-05-01T02:00:30.000Z' };
    const replies = await Promise.all(Array.from({ length: 5 }, () => post('/clocks', clock, key)));
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const before = api.now;
    api.now = new Date(before.getTime() + 3_600_000);
    expect(await post('/clocks', { at: clock.at, name: clock.name }, key)).toMatchObject({
      status: 201,
      headers: { location: '/clocks/keyed' },
      body: { name: 'keyed', at: clock.at },
    });
    api.now = before;
    const reused = { status: 422, type: '/problems/idempotency-key-reused', field: 'Idempotency-Key' };
    expect((await post('/clocks', { ...clock, name: 'keyed-2' }, key)).body).toMatchObject(reused);
    expect((await post('/clocks', { name: 'keyed' }, key)).body).toMatchObject(reused);
    expect((await api.call('GET', '/clocks/keyed-2', { as })).status).toBe(404);
  });

  it('that start at once are not taken for an earlier one of the name', async () => {
    const key = randomUUID();
    expect((await post('/clocks', { name: 'at-once' }, key)).status).toBe(201);
    expect((await post('/clocks', { name: 'at-once' }, key)).status).toBe(201);
    expect((await post('/clocks', { name: 'at-once' })).body).toMatchObject({
      status: 409,
      type: '/problems/already-exists',
      field: '/name',
    });
  });

  it('advance by a duration once, however often the request is repeated', async () => {
    await post('/clocks', { name: 'by', at: '2028-02-29T04:00:00.000Z' });
    const key = randomUUID();
    const before = api.advances.length;
    const replies = await Promise.all(Array.from({ length: 5 }, () => post('/clocks/by/advance', { by: 'P1Y' }, key)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(api.advances.slice(before)).toEqual([{ name: 'by', to: '2029-02-28T04:00:00.000Z' }]);
    expect((await post('/clocks/by/advance', { by: 'P2Y' }, key)).body).toMatchObject({ status: 422 });
  });

  it('never go back, and want one of `to` and `by`', async () => {
    await post('/clocks', { name: 'forward', at: '2028-02-29T04:00:00.000Z' });
    const back = await post('/clocks/forward/advance', { to: '2028-02-28T04:00:00.000Z' });
    expect(back.body).toMatchObject({ status: 409, type: '/problems/before-now', field: '/to' });
    expect((await post('/clocks/forward/advance', {})).body).toMatchObject({ status: 400, field: 'body' });
    const both = await post('/clocks/forward/advance', { to: '2029-01-01T00:00:00Z', by: 'P1D' });
    expect(both.body).toMatchObject({ status: 400 });
    expect((await post('/clocks/nowhere/advance', { by: 'P1D' })).body).toMatchObject({ status: 404 });
  });
});

describe('a server without test clocks', () => {
  const api = useApi({ testClocks: false });

  it('says so, and lets nobody register on one', async () => {
    const replies = [
      await api.call('POST', '/clocks', { as, body: { name: 'x1', at: '2028-02-29T04:00:00.000Z' } }),
      await api.call('GET', '/clocks/x1', { as }),
      await api.call('POST', '/clocks/x1/advance', { as, body: { by: 'P1D' } }),
      await api.call('POST', '/accounts', { body: { ...registrationBody, clock: 'x1' } }),
      await api.call('POST', '/receipts', {
        as,
        body: { bankTransactionId: 'T-9', amount: 1, currency: 'CNY', bookedOn: '2026-05-03', clock: 'x1' },
      }),
    ];
    for (const { body } of replies) expect(body).toMatchObject({ status: 403, type: '/problems/test-clocks-off' });
  });
});

describe('distances in words', () => {
  it('are rounded down in the largest unit that fits', () => {
    const now = new Date('2026-05-01T00:00:00.000Z');
    const words = (milliseconds: number) => distanceInWords(new Date(now.getTime() + milliseconds).toISOString(), now);
    expect([
      words(0),
      words(999),
      words(1000),
      words(-3_600_000),
      words(86_400_000 * 2 - 1),
      words(86_400_000 * 90),
    ]).toEqual(['now', 'now', 'in 1 second', '1 hour ago', 'in 1 day', 'in 90 days']);
  });
});
