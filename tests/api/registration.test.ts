/** Registration: the intake is one transaction, and a repetition answers alike. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { register, registrationBody, useApi } from './fixture.ts';

const api = useApi();

/** What the registration's body carries; the phone number whole, since four of its digits turn up in a random id. */
const personal = /Zanzibar|Wombat|wombat|Quokka|5555 ?0100/;

const rowsOf = async (accountId: string) => ({
  accounts: await api.db.selectFrom('accounts').selectAll().where('id', '=', accountId).execute(),
  vault: await api.db.selectFrom('vault_entries').selectAll().where('subject', '=', accountId).execute(),
  outbox: await api.db.selectFrom('outbox').selectAll().where('receiver', '=', `subscription-${accountId}`).execute(),
});

describe('registration', () => {
  it('stores the account, its vault and the message that starts its contract [U1]', async () => {
    const { id } = await register(api);
    const { accounts, vault, outbox } = await rowsOf(id);
    expect(accounts).toMatchObject([
      { role: 'manufacturer', edition: 'professional', agreement_version: '1', number: null },
    ]);
    expect(vault.map(({ name }) => name).toSorted()).toEqual(['contact', 'intake', 'organisation']);
    expect(outbox).toHaveLength(1);
    expect(outbox[0]).toMatchObject({ kind: 'message', sender: 'api', receiver_machine: 'subscription' });
    expect(JSON.stringify(outbox[0]?.payload)).not.toMatch(personal);
    expect(await api.vault.get(api.db, id, 'contact')).toEqual(registrationBody.contact);
  });

  it('answers a repeated request with the same account and token, and stores nothing twice', async () => {
    const key = randomUUID();
    const first = await api.call('POST', '/accounts', { body: registrationBody, key });
    const second = await api.call('POST', '/accounts', { body: registrationBody, key });
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect((await rowsOf(String(first.body['accountId']))).outbox).toHaveLength(1);
  });

  it('makes one account of twenty requests with the same key at once', async () => {
    const key = randomUUID();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => api.call('POST', '/accounts', { body: registrationBody, key })),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ body }) => `${String(body['accountId'])} ${String(body['token'])}`)).size).toBe(1);
  });

  it('refuses another body under the same key and does not give the token away', async () => {
    const key = randomUUID();
    await api.call('POST', '/accounts', { body: registrationBody, key });
    const other = { ...registrationBody, edition: 'standard' };
    const reply = await api.call('POST', '/accounts', { body: other, key });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ type: '/problems/idempotency-key-reused', field: 'Idempotency-Key' });
    expect(reply.text).not.toContain('pacta_');
  });

  it('refuses industrial resources with a pointer to their agreement [E1]', async () => {
    const reply = await api.call('POST', '/accounts', {
      body: { ...registrationBody, role: 'industrialResource', edition: null },
    });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ type: '/problems/other-agreement', field: '/role' });
    expect(reply.body['detail']).toContain('Industrial Resource Agreement');
  });

  it('asks a manufacturer for an edition and refuses one from anybody else [E2]', async () => {
    const { edition: _, ...without } = registrationBody;
    expect((await api.call('POST', '/accounts', { body: without })).body).toMatchObject({
      status: 400,
      field: '/edition',
    });
    const center = { ...registrationBody, role: 'serviceCenter' };
    expect((await api.call('POST', '/accounts', { body: center })).body).toMatchObject({
      status: 400,
      field: '/edition',
    });
  });

  it('names the required information that is missing, by role [U1]', async () => {
    const reply = await api.call('POST', '/accounts', {
      body: { ...registrationBody, contact: {}, organisation: { name: 'Z' } },
    });
    expect(reply.status).toBe(201);
    expect(reply.body['missing']).toEqual(['address', 'contactName', 'contactEmail']);
  });

  it('refuses an agreement version that is not in effect, and a clock that is not there', async () => {
    const version = await api.call('POST', '/accounts', { body: { ...registrationBody, agreementVersion: '99' } });
    expect(version.body).toMatchObject({
      status: 422,
      type: '/problems/unknown-agreement-version',
      field: '/agreementVersion',
    });
    const clock = await api.call('POST', '/accounts', { body: { ...registrationBody, clock: 'no-such-clock' } });
    expect(clock.body).toMatchObject({ status: 422, type: '/problems/unknown-clock', field: '/clock' });
  });

  it('never writes personal data into the log or an error', async () => {
    await register(api);
    await api.call('POST', '/accounts', { body: { ...registrationBody, contact: { email: 'wombat at tools' } } });
    await api.call('GET', '/accounts/Wombat?name=Quokka');
    expect(api.log.length).toBeGreaterThan(3);
    expect(api.log.join('\n')).not.toMatch(personal);
    expect(api.log.join('\n')).not.toMatch(/pacta_/);
  });
});
