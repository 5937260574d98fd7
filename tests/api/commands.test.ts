/** Commands: what reaches the engine, under which id, and what a refusal tells the caller. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AlreadyEnded,
  EngineUnavailable,
  EventIdReused,
  EventRefused,
  MachineFault,
  MalformedEvent,
  NotFound,
  TimedOut,
} from '../../engine/errors.ts';
import { firstVersion } from '../../machines/agreement.ts';
import { OPERATOR_KEY, register, registrationBody, storeContract, taken, useApi } from './fixture.ts';
import type { StoredContract } from './fixture.ts';

const api = useApi();
let account: { id: string; token: string };

beforeEach(async () => {
  account = await register(api);
  api.sent.length = 0;
  api.engine = () => taken();
});

const store = (changes: StoredContract = {}) => storeContract(api, account.id, changes);

const post = (path: string, options: { as?: string; body?: object; key?: string } = {}) =>
  api.call('POST', `/accounts/${account.id}${path}`, { as: account.token, ...options });

describe('commands', () => {
  it('send the event of each route with who sent it', async () => {
    const { version, textHash } = firstVersion;
    await post('/confirmation', { body: { version, textHash } });
    await post('/verification', { as: OPERATOR_KEY, body: { outcome: 'verified' } });
    await post('/verification', { as: OPERATOR_KEY, body: { outcome: 'rejected', fields: ['address'] } });
    await post('/renewals', { body: { years: 2 } });
    await post('/renewals/2/verification', { as: OPERATOR_KEY, body: { outcome: 'verified' } });
    await post('/renewals/2/verification', { as: OPERATOR_KEY, body: { outcome: 'rejected', reason: 'withdrawn' } });
    await post('/disagreement', { body: { version } });
    await post('/termination');
    expect(new Set(api.sent.map(({ instance }) => instance))).toEqual(new Set([`subscription-${account.id}`]));
    expect(api.sent.map(({ event }) => event)).toEqual([
      { type: 'agreement.confirmed', version, textHash, by: 'user' },
      { type: 'information.verified', by: 'operator' },
      { type: 'information.rejected', fields: ['address'], by: 'operator' },
      { type: 'renewal.requested', years: 2, by: 'user' },
      { type: 'renewal.verified', orderId: `${account.id}.o2`, by: 'operator' },
      { type: 'renewal.rejected', orderId: `${account.id}.o2`, reason: 'withdrawn', by: 'operator' },
      { type: 'agreement.disagreed', version, by: 'user' },
      { type: 'termination.requested', by: 'user' },
    ]);
  });

  it('carry an id made from caller, account and key, in which the key cannot be read', async () => {
    const key = `Wombat-${randomUUID()}`;
    await post('/termination', { key });
    await post('/termination', { key });
    await post('/termination');
    const [first, second, third] = api.sent.map(({ id }) => id);
    expect(first).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(JSON.stringify(api.sent)).not.toContain('Wombat');
  });

  it('answer 200 when a read sees them, and 202 when it may not yet', async () => {
    await store({ words: 'Winding down', sequence: 7 });
    api.engine = () => taken(7);
    expect(await post('/termination')).toMatchObject({
      status: 200,
      body: { state: 'Winding down', sequence: 7, readable: true },
    });
    api.engine = () => taken(8);
    expect(await post('/termination')).toMatchObject({ status: 202, body: { sequence: 8, readable: false } });
  });

  it('say in words why an event is refused, and what would be accepted', async () => {
    await store({ words: 'Waiting for the confirmation of the agreement' });
    api.engine = ({ event }) => {
      throw new EventRefused({
        event: event.type,
        state: { registering: 'awaitingConfirmation' },
        accepted: ['agreement.confirmed'],
      });
    };
    expect((await post('/verification', { as: OPERATOR_KEY, body: { outcome: 'verified' } })).body).toMatchObject({
      type: '/problems/event-refused',
      status: 409,
      state: 'Waiting for the confirmation of the agreement',
      accepted: ['agreement.confirmed'],
    });
  });

  it('offer what somebody can send, by which route, and never what was refused', async () => {
    await store();
    api.engine = ({ event }) => {
      const accepted = ['receipt.received', 'renewal.verified', 'renewal.rejected', 'message.refused'];
      throw new EventRefused({ event: event.type, state: 'inForce', words: 'In force', accepted });
    };
    const verify = (n: number) =>
      post(`/renewals/${n}/verification`, { as: OPERATOR_KEY, body: { outcome: 'verified' } });
    const route = 'POST /accounts/{accountId}/renewals/{n}/verification';
    expect((await verify(1)).body).toMatchObject({
      accepted: ['renewal.rejected'],
      routes: { 'renewal.rejected': route },
    });
    const { body } = await post('/confirmation', { body: { version: '1', textHash: firstVersion.textHash } });
    expect(body['accepted']).toEqual(['renewal.verified', 'renewal.rejected']);
    // Known by its type, taken with other content: the engine lists it, since its guard looks at what is in it.
    api.engine = ({ event }) => {
      throw new EventRefused({ event: event.type, state: 'inForce', words: 'In force', accepted: [event.type] });
    };
    expect((await post('/termination')).body).toMatchObject({
      accepted: [],
      detail: "The contract takes 'termination.requested' now, but not with this content. It is: In force.",
    });
  });

  it('name the renewal that is open, to who verifies another one or applies anew [R2, R3]', async () => {
    const orderId = `${account.id}.o3`;
    api.engine = ({ event }) => {
      throw new EventRefused({ event: event.type, state: 'inForce', accepted: [event.type] });
    };
    await store({ context: { order: { orderId, kind: 'renewal', isPaid: false } } });
    const verify = async (n: number) =>
      (await post(`/renewals/${n}/verification`, { as: OPERATOR_KEY, body: { outcome: 'verified' } })).body;
    expect(await verify(1)).toMatchObject({ status: 409, field: 'n', detail: 'The open renewal is 3.' });
    expect(await verify(3)).toMatchObject({
      detail: expect.stringContaining('verified already: pay order 3') as string,
    });
    const { body } = await post('/renewals', { body: { years: 1 } });
    expect(body['detail']).toContain('applied for already: pay order 3');
  });

  it('say that none is open to who verifies a renewal that nobody has applied for, or pay one that is paid [R3]', async () => {
    api.engine = ({ event }) => {
      throw new EventRefused({ event: event.type, state: 'inForce', accepted: [] });
    };
    await store({ context: { order: null } });
    const verified = await post('/renewals/1/verification', { as: OPERATOR_KEY, body: { outcome: 'verified' } });
    expect(verified.body['detail']).toContain('No renewal is open');
    account = await register(api);
    await store({ context: { order: { orderId: `${account.id}.o2`, kind: 'renewal', isPaid: true } } });
    const { body } = await post('/renewals', { body: { years: 1 } });
    expect(body['detail']).toContain('order 2 is paid, and counts once it is verified');
  });

  it('say how a contract has ended that takes nothing any more', async () => {
    await store({ words: 'Ended' });
    api.engine = () => {
      throw new AlreadyEnded({ id: 'x' });
    };
    expect((await post('/termination')).body).toMatchObject({ type: '/problems/already-ended', state: 'Ended' });
  });

  it('say what the contract was at when it refused, also where the read model is behind', async () => {
    await store({ words: 'In force', sequence: 3 });
    api.engine = ({ event }) => {
      throw new EventRefused({ event: event.type, state: 'ending', words: 'Winding down', sequence: 4, accepted: [] });
    };
    expect((await post('/termination')).body).toMatchObject({
      status: 409,
      state: 'Winding down',
      detail: expect.stringContaining('It is: Winding down.') as string,
    });
  });

  it('name the date from which a renewal is taken [R2]', async () => {
    await store({ context: { noticeAt: '2027-02-02T16:00:00.000Z' } });
    api.engine = ({ event }) => {
      throw new EventRefused({ event: event.type, state: 'inForce', accepted: [] });
    };
    const { body } = await post('/renewals', { body: { years: 1 } });
    expect(body).toMatchObject({ status: 409, notBefore: '2027-02-02T16:00:00.000Z' });
    expect(body['detail']).toContain('2027-02-02T16:00:00.000Z');
  });

  it('name the information that keeps a verification back [U1]', async () => {
    await store({ context: { missing: ['address', 'contactEmail'] } });
    api.engine = ({ event }) => {
      throw new EventRefused({ event: event.type, state: 'awaitingVerification', accepted: [] });
    };
    const { body } = await post('/verification', { as: OPERATOR_KEY, body: { outcome: 'verified' } });
    expect(body['detail']).toContain('address, contactEmail');
  });

  it('turn each error of the engine into its problem', async () => {
    await store();
    const id = `subscription-${account.id}`;
    const table = [
      [new AlreadyEnded({ id }), 409, 'already-ended'],
      [
        new MalformedEvent({ event: 'x', issues: [{ path: '/years', message: 'must be at most 10' }] }),
        400,
        'invalid-request',
      ],
      [new EventIdReused({ id: 'x', event: 'y' }), 422, 'idempotency-key-reused'],
      [new EngineUnavailable({ waiting: 1000 }), 503, 'engine-unavailable'],
      [new TimedOut({ id, waitedMs: 15_000 }), 504, 'timed-out'],
      [new MachineFault({ event: 'x', state: 'y', reason: 'z' }), 500, 'machine-fault'],
      [new NotFound({ id }), 404, 'not-found'],
      [new Error('the driver quotes Wombat'), 500, 'internal'],
    ] as const;
    for (const [error, status, slug] of table) {
      api.engine = () => {
        throw error;
      };
      const reply = await post('/termination');
      expect(reply.body).toMatchObject({ status, type: `/problems/${slug}` });
      expect(reply.text).not.toContain('Wombat');
      if (status === 503 || status === 504) expect(reply.headers['retry-after']).toBeDefined();
    }
    expect(api.log.join('\n')).not.toContain('Wombat');
  });

  it('ask to try again while a registration’s contract has not started yet', async () => {
    api.engine = () => {
      throw new NotFound({ id: `subscription-${account.id}` });
    };
    expect((await post('/termination')).body).toMatchObject({ status: 503, type: '/problems/engine-unavailable' });
  });

  it('refuse a confirmation of another text than the one that was registered under [A1]', async () => {
    const { version, textHash } = firstVersion;
    await store({ context: { agreement: { version, textHash } } });
    const reply = await post('/confirmation', { body: { version, textHash: 'c'.repeat(64) } });
    expect(reply.body).toMatchObject({ status: 422, field: '/textHash' });
    expect(api.sent).toHaveLength(0);
  });
});

describe('information', () => {
  const corrected = {
    organisation: registrationBody.organisation,
    contact: { name: 'Li', email: 'new@tools.example' },
  };
  const put = (body: object, key?: string) =>
    api.call('PUT', `/accounts/${account.id}/information`, { as: account.token, body, ...(key ? { key } : {}) });
  const get = async () => (await api.call('GET', `/accounts/${account.id}/information`, { as: account.token })).body;

  it('goes into the vault, and the contract learns only what is missing [U1]', async () => {
    await put({ organisation: {}, contact: corrected.contact });
    expect(await get()).toEqual({ organisation: {}, contact: corrected.contact });
    expect(api.sent[0]?.event).toMatchObject({
      type: 'information.provided',
      missing: ['name', 'address'],
      by: 'user',
    });
    expect(api.sent[0]?.event['digest']).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(api.sent)).not.toMatch(/tools\.example|Quokka/);
  });

  it('is not brought back by a late repetition of an earlier command', async () => {
    const key = randomUUID();
    const first = { organisation: {}, contact: { name: 'First' } };
    await put(first, key);
    await put(corrected);
    expect((await put(first, key)).status).toBe(202);
    expect(await get()).toEqual(corrected);
  });

  it('refuses another body under the key of the latest command', async () => {
    const key = randomUUID();
    await put(corrected, key);
    expect((await put({ organisation: {}, contact: {} }, key)).body).toMatchObject({ status: 422 });
    expect(await get()).toEqual(corrected);
  });

  it('stays as it was when the contract refuses the correction', async () => {
    const before = await get();
    await store();
    api.engine = ({ event }) => {
      throw new EventRefused({ event: event.type, state: 'windingDown', accepted: [] });
    };
    expect((await put(corrected)).status).toBe(409);
    expect(await get()).toEqual(before);
  });
});

describe('the account', () => {
  it('shows state, next deadline with its clause, and entitlements [E2]', async () => {
    await store({
      words: 'In force',
      tags: ['service', 'readable', 'exportable', 'paying'],
      deadlines: [
        {
          at: '2026-05-04T02:00:00.000Z',
          event: 'xstate.after.expiry',
          label: 'expiry in inForce',
          references: ['R4', 'C5'],
        },
      ],
    });
    const { body } = await api.call('GET', `/accounts/${account.id}`, { as: account.token });
    expect(body).toMatchObject({
      state: 'In force',
      nextDeadline: {
        at: '2026-05-04T02:00:00.000Z',
        in: 'in 3 days',
        what: 'expiry',
        clauses: ['R4', 'C5'],
      },
      entitlements: {
        functions: ['warrantyManagement', 'repairServices'],
        canRead: true,
        canWrite: true,
        canExport: true,
      },
    });
    expect(JSON.stringify(body)).not.toMatch(/Zanzibar|Wombat/);
  });

  it('is exported whole while its state lets it, decrypted, with counts and hashes [P3]', async () => {
    expect((await api.call('GET', `/accounts/${account.id}/export`, { as: account.token })).body).toMatchObject({
      status: 403,
    });
    await store({ tags: ['exportable'] });
    const { body, headers } = await api.call('GET', `/accounts/${account.id}/export`, { as: account.token });
    expect(headers['content-disposition']).toContain('attachment');
    expect(body['sections']).toMatchObject({
      information: [{ organisation: registrationBody.organisation, contact: registrationBody.contact }],
    });
    expect(body['manifest']).toContainEqual({
      section: 'information',
      count: 1,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });
});
