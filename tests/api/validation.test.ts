/** Bad input: every route answers 4xx with a problem that names the field and never repeats the value. */
import { randomUUID } from 'node:crypto';
import { connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bankSignature } from '../../api/bank-signature.ts';
import { OPERATOR_KEY, register, registrationBody, SECRETS, storeContract, useApi } from './fixture.ts';

const api = useApi();

interface Example {
  readonly path: (accountId: string) => string;
  readonly method?: 'POST' | 'PUT';
  readonly as: 'operator' | 'account' | 'nobody';
  readonly body: Record<string, unknown>;
}

const receiptId = 'a'.repeat(40);
const hash = 'b'.repeat(64);
/** One right body for every route that takes one. */
const commands: Record<string, Example> = {
  agreements: {
    path: () => '/agreements',
    as: 'operator',
    body: {
      version: 'fuzz',
      text: 'text',
      terms: {},
      counterparty: { id: 'company', name: 'Company' },
      bankAccount: { receivingUnit: 'u', bank: 'b', accountNumber: '1' },
      effectiveAt: '2030-01-01T00:00:00.000Z',
    },
  },
  'price lists': {
    path: () => '/price-lists',
    as: 'operator',
    body: {
      role: 'customer',
      edition: null,
      currency: 'CNY',
      yearlyAmount: 1,
      effectiveFrom: '2030-01-01T00:00:00.000Z',
    },
  },
  registration: { path: () => '/accounts', as: 'nobody', body: registrationBody },
  information: {
    path: (id) => `/accounts/${id}/information`,
    method: 'PUT',
    as: 'account',
    body: { organisation: registrationBody.organisation, contact: registrationBody.contact },
  },
  confirmation: { path: (id) => `/accounts/${id}/confirmation`, as: 'account', body: { version: '1', textHash: hash } },
  verification: {
    path: (id) => `/accounts/${id}/verification`,
    as: 'operator',
    body: { outcome: 'rejected', fields: ['name'] },
  },
  renewals: { path: (id) => `/accounts/${id}/renewals`, as: 'account', body: { years: 1 } },
  'verification of renewals': {
    path: (id) => `/accounts/${id}/renewals/2/verification`,
    as: 'operator',
    body: { outcome: 'rejected', reason: 'withdrawn' },
  },
  termination: { path: (id) => `/accounts/${id}/termination`, as: 'account', body: {} },
  disagreement: { path: (id) => `/accounts/${id}/disagreement`, as: 'account', body: { version: '1' } },
  announcements: { path: () => '/announcements', as: 'operator', body: { title: 't', text: 't' } },
  receipts: {
    path: () => '/receipts',
    as: 'operator',
    body: { bankTransactionId: 'T-1', amount: 1, currency: 'CNY', bookedOn: '2026-05-03' },
  },
  assignment: {
    path: () => `/receipts/${receiptId}/assignment`,
    as: 'operator',
    body: { reference: 'RF18539007547034' },
  },
  refund: { path: () => `/receipts/${receiptId}/refund`, as: 'operator', body: {} },
  'refund confirmation': {
    path: () => `/receipts/${receiptId}/refund/confirmation`,
    as: 'operator',
    body: { bankTransactionId: 'T-2' },
  },
  clocks: { path: () => '/clocks', as: 'operator', body: { name: 'fuzz', at: '2028-05-01T00:00:00.000Z' } },
  advance: { path: () => '/clocks/fuzz/advance', as: 'operator', body: { by: 'P1D' } },
};

const MARK = 'Wombat-7f3a';
/** Values that are wrong everywhere: a mark in a place where it does not belong, and what parsers stumble over. */
const wrong = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1.5,
    1e300,
    '',
    [],
    {},
    [MARK],
    { notKnownHere: MARK },
    `${MARK}\u0000`,
    `${MARK}\ud800`,
    MARK.repeat(20_000 / MARK.length),
  ),
  fc.string({ minLength: 1 }).map((text) => `${MARK}\n${text}`),
);

describe('bad input', () => {
  for (const [name, { path, method = 'POST', as, body }] of Object.entries(commands)) {
    it(`gets a 4xx problem that names the field, and reaches nobody (${name})`, async () => {
      const { id, token } = await register(api);
      const credentials = { operator: OPERATOR_KEY, account: token, nobody: undefined }[as];
      const call = (payload: unknown) =>
        api.call(method, path(id), {
          ...(credentials ? { as: credentials } : {}),
          body: payload,
          headers: { 'content-type': 'application/json' },
        });
      const sentBefore = api.sent.length;
      const unknownField = await call({ ...body, notKnownHere: 1 });
      expect(unknownField.body).toMatchObject({ status: 400, type: '/problems/invalid-request' });
      expect(String(unknownField.body['field']).length).toBeGreaterThan(0);
      for (const key of Object.keys(body)) {
        await fc.assert(
          fc.asyncProperty(wrong, async (value) => {
            const reply = await call(JSON.stringify({ ...body, [key]: value }));
            if (reply.status < 400) return; // the value happens to be right here: an empty object, a null edition
            expect(reply.status, reply.text).toBeLessThan(500);
            expect(reply.headers['content-type']).toContain('application/problem+json');
            if ([400, 422].includes(reply.status)) expect(reply.body['field'], reply.text).toBeTruthy();
            expect(reply.text).not.toContain(MARK);
          }),
          { numRuns: 12 },
        );
      }
      for (const text of ['{', '[]', '"x"', 'null', '{"__proto__":{}}', '{"constructor":{"prototype":{}}}']) {
        const reply = await call(text);
        expect(reply.status, `${text} ${reply.text}`).toBe(400);
      }
      expect(
        (
          await api.call(method, path(id), {
            ...(credentials ? { as: credentials } : {}),
            body: 'a=b',
            headers: { 'content-type': 'text/plain' },
          })
        ).status,
      ).toBe(415);
      expect(api.sent.slice(sentBefore).every(({ event }) => !JSON.stringify(event).includes(MARK))).toBe(true);
      expect(api.log.join('\n')).not.toContain(MARK);
    });

    it(`needs an Idempotency-Key of 8 to 255 visible characters (${name})`, async () => {
      const { id, token } = await register(api);
      const credentials = { operator: OPERATOR_KEY, account: token, nobody: undefined }[as];
      const problem = { status: 400, field: 'Idempotency-Key', detail: expect.stringContaining('8 to 255') as string };
      for (const key of ['', 'short', 'x'.repeat(256), 'has a space in it']) {
        const reply = await api.call(method, path(id), { ...(credentials ? { as: credentials } : {}), body, key });
        expect(reply.body).toMatchObject({ ...problem, type: '/problems/invalid-request' });
      }
      const headers = credentials ? { authorization: `Bearer ${credentials}` } : {};
      const without = await api.app.inject({ method, url: path(id), headers, payload: body });
      expect(without.json()).toMatchObject({ ...problem, type: '/problems/idempotency-key-missing' });
    });
  }

  it('names fields of the webhook’s transactions', async () => {
    const text = JSON.stringify({
      transactions: [{ id: randomUUID(), amount: 0, currency: 'CNY', bookedOn: '2026-05-03' }],
    });
    const headers = {
      'content-type': 'application/json',
      'bank-signature': bankSignature(text, SECRETS[0], api.now.getTime()),
    };
    const reply = await api.call('POST', '/webhooks/bank', { body: text, headers });
    expect(reply.body).toMatchObject({ status: 400, field: '/transactions/0/amount' });
  });

  it('says in words what form is wanted', async () => {
    const as = OPERATOR_KEY;
    const { body: price } = commands['price lists']!;
    const says = async (body: object) => (await api.call('POST', '/price-lists', { as, body })).body;
    expect(await says({ ...price, currency: 'yuan' })).toMatchObject({
      field: '/currency',
      detail: 'It must be an ISO 4217 code of three capital letters, such as CNY.',
    });
    expect(await says({ ...price, effectiveFrom: 'tomorrow' })).toMatchObject({
      field: '/effectiveFrom',
      detail: expect.stringContaining('an instant with its offset from UTC, such as') as string,
    });
    expect((await api.call('GET', '/receipts/zz', { as })).body['detail']).toBe(
      'It must be an id of 40 hex digits in lower case.',
    );
  });

  it('has no room in a calendar, which goes into every claim, and is not repeated [V8, W5]', async () => {
    const { id, token } = await register(api);
    await storeContract(api, id, { tags: ['readable', 'service'] });
    const nothing = { holidays: [], specialDays: {} };
    const years = { 2026: nothing, 2027: nothing, 2028: nothing };
    const calendar = { name: 'workshop', version: 1, timeZone: 'UTC', week: {}, years };
    const words = `${MARK}, 12 Quokka Street`;
    const set = (over: object, durations: object = {}) =>
      api.call('PUT', `/accounts/${id}/service-levels/claimDecision`, {
        as: token,
        body: {
          ...{ target: 'PT16H', reminders: [], escalations: [], pauses: [], ...durations },
          calendar: { ...calendar, ...over },
        },
      });
    for (const over of [
      { name: words },
      { timeZone: words },
      { years: { ...years, [words]: nothing } },
      { years: { ...years, [words]: words } },
      { years: { ...years, 2028: { ...nothing, specialDays: { [words]: [] } } } },
    ]) {
      const { status, text, body } = await set(over);
      expect([status, String(body['field']).startsWith('/calendar/')], text).toEqual([400, true]);
      expect(text).not.toContain(MARK);
    }
    const notWorked = { ...years, 2028: { ...nothing, holidays: ['2027-01-01'] } };
    expect((await set({ years: notWorked })).body).toMatchObject({ status: 400, field: '/calendar/years/2028' });
    for (const [durations, field] of [
      [{ target: 'P1Y' }, '/target'],
      [{ reminders: ['PT1H', 'P1M'] }, '/reminders/1'],
      [{ reminders: ['PT1H', 'P1D'] }, '/reminders/1'],
    ] as const) {
      expect((await set({}, durations)).body).toMatchObject({ status: 400, field });
    }
    expect((await set({})).status).toBe(200);
  });

  it('gets a problem in the path, in the query, and where no route is', async () => {
    const as = OPERATOR_KEY;
    expect((await api.call('GET', '/nowhere')).body).toMatchObject({ status: 404, type: '/problems/not-found' });
    expect((await api.call('GET', '/accounts/not-an-id', { as })).body).toMatchObject({ status: 404 });
    expect((await api.call('GET', `/accounts/${randomUUID()}`, { as })).body).toMatchObject({ status: 404 });
    expect((await api.call('GET', '/receipts?state=lost', { as })).body).toMatchObject({ status: 400, field: 'state' });
    expect((await api.call('GET', '/receipts/zz', { as })).body).toMatchObject({ status: 400, field: 'receiptId' });
    const unreadable = await api.call('GET', `/accounts/${MARK}%E0%A4%A`);
    expect(unreadable.body).toMatchObject({ status: 400, type: '/problems/invalid-request', field: 'path' });
    const long = await api.call('GET', `/accounts/${MARK}${'x'.repeat(300)}`);
    expect(long.body).toMatchObject({ status: 404, type: '/problems/not-found' });
    for (const { text } of [unreadable, long]) expect(text).not.toContain(MARK);
    const { status, body } = await api.call('GET', '/problems/event-refused');
    expect([status, body['slug']]).toEqual([200, 'event-refused']);
  });

  it('that is no HTTP is not in the log, whatever its level, with what came along with it [V8]', async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.app.server.address() as AddressInfo;
    const before = api.log.length;
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${MARK}\r\nno header\r\n\r\n`);
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    const logged = api.log.slice(before).join('');
    for (const shown of [MARK, [...Buffer.from(MARK)].join(',')]) expect(logged).not.toContain(shown);
  });

  it('says how large a body may be', async () => {
    const body = { ...registrationBody, organisation: { name: 'x'.repeat(70_000) } };
    expect((await api.call('POST', '/accounts', { body })).body).toMatchObject({
      status: 413,
      type: '/problems/body-too-large',
      field: 'body',
      detail: 'It may have 64 KiB at most.',
    });
  });

  it('says of which kind a body has to be', async () => {
    const { id, token } = await register(api);
    const says = async (path: string, type: string, body: string) => {
      const headers = { ...(type === '' ? {} : { 'content-type': type }) };
      return (await api.call('POST', path, { as: token, body: body === '' ? undefined : body, headers })).body;
    };
    const problem = { status: 415, type: '/problems/unsupported-media-type', field: 'Content-Type' };
    for (const path of ['units', 'claim-files']) {
      for (const [type, body] of [
        ['application/json', '{"serial":"A-1"}'],
        ['application/json', ''],
        ['application/x-www-form-urlencoded', 'serial=A-1'],
        ['', ''],
      ] as const) {
        const detail = 'Send the body with the header `Content-Type: text/csv`.';
        expect(await says(`/accounts/${id}/${path}`, type, body), `${path} ${type}`).toMatchObject({
          ...problem,
          detail,
        });
      }
    }
    const detail = 'Send the body with the header `Content-Type: application/json`.';
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/csv'])
      expect(await says('/accounts', type, 'role=customer'), type).toMatchObject({ ...problem, detail });
  });
});
