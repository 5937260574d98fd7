/** Who gets in: the operator, the account itself, and nobody else. */
import { describe, expect, it } from 'vitest';
import { OPERATOR_KEY, register, useApi } from './fixture.ts';

const api = useApi();

describe('credentials', () => {
  it('let the operator and the account see an account, and nobody else', async () => {
    const [one, other] = [await register(api), await register(api)];
    const url = `/accounts/${one.id}`;
    expect((await api.call('GET', url, { as: one.token })).status).toBe(200);
    expect((await api.call('GET', url, { as: OPERATOR_KEY })).status).toBe(200);
    expect((await api.call('GET', url, { as: other.token })).body).toMatchObject({ status: 404 });
    for (const as of [undefined, 'nonsense', `${OPERATOR_KEY}x`, `${one.token}x`]) {
      const reply = await api.call('GET', url, as === undefined ? {} : { as });
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toBeDefined();
      const detail = expect.stringContaining(as === undefined ? 'Send `Authorization' : 'Nobody is known') as string;
      expect(reply.body).toMatchObject({ type: '/problems/unauthorized', field: 'Authorization', detail });
    }
  });

  it('leave confirming and leaving to the account, and verifying to the operator', async () => {
    const { id, token } = await register(api);
    const leave = await api.call('POST', `/accounts/${id}/termination`, { as: OPERATOR_KEY });
    expect(leave.body).toMatchObject({ status: 403, type: '/problems/forbidden' });
    const verify = await api.call('POST', `/accounts/${id}/verification`, { as: token, body: { outcome: 'verified' } });
    expect(verify.body).toMatchObject({ status: 403 });
    expect((await api.call('GET', '/receipts', { as: token })).status).toBe(403);
  });

  it('open pages in a browser by user and password, and never commands', async () => {
    const { id, token } = await register(api);
    const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const get = (authorization: string) => api.call('GET', `/accounts/${id}/orders`, { headers: { authorization } });
    expect((await get(basic(id, token))).status).toBe(200);
    expect((await get(basic('operator', OPERATOR_KEY))).status).toBe(200);
    expect((await get(basic('operator', token))).status).toBe(401);
    const command = await api.call('POST', `/accounts/${id}/termination`, {
      headers: { authorization: basic(id, token) },
    });
    expect(command.status).toBe(401);
  });

  it('store only a hash of the token', async () => {
    const { id, token } = await register(api);
    const row = await api.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
    expect(row?.token_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(row)).not.toContain(token);
  });

  it('answer for an erased account that it is erased, with its certificate once that is issued [C5]', async () => {
    const { id, token } = await register(api);
    const erased_at = '2026-06-01T00:00:00.000Z';
    await api.db
      .updateTable('accounts')
      .set({ erased_at, token_hash: null, role: null, edition: null })
      .where('id', '=', id)
      .execute();
    const before = await api.call('GET', `/accounts/${id}`, { as: token });
    expect(before.body).toMatchObject({ status: 410, type: '/problems/account-erased' });
    await api.db
      .insertInto('certificates')
      .values({
        number: 'EC10000017',
        account_id: id,
        account_number: '10000017',
        reason: 'overdue',
        clause: 'C5',
        counts: JSON.stringify({ orders: 2 }),
        decided_at: erased_at,
        erased_at,
        hash: 'a'.repeat(64),
        reserved_at: erased_at,
      })
      .execute();
    const after = await api.call('GET', `/accounts/${id}/orders`, { as: token });
    expect(after.body).toMatchObject({ status: 410, certificate: '/certificates/EC10000017' });
    const certificate = await api.call('GET', '/certificates/EC10000017');
    expect(certificate.body).toMatchObject({ accountNumber: '10000017', clause: 'C5', counts: { orders: 2 } });
    const page = await api.call('GET', '/certificates/EC10000017', { headers: { accept: 'text/html,*/*;q=0.5' } });
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('EC10000017');
  });
});
