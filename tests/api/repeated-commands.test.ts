/** Commands that write rows and go through no contract: done once under their key, however late they are repeated [W1, W4, W5]. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { campaignExample, extensionExample, policyExample } from '../../api/warranty-fields.ts';
import { eventually } from '../support/http.ts';
import { jpeg, register, registrationBody, storeContract, upload, useApi } from './fixture.ts';
import type { CallOptions } from './fixture.ts';

const api = useApi();
interface Party {
  readonly id: string;
  readonly token: string;
  readonly number: string;
}
interface Command {
  readonly by?: () => Party;
  readonly method?: 'POST' | 'PUT';
  readonly path: string | (() => string);
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

let maker: Party;
let center: Party;
let buyer: Party;
let proof: { kind: string; sha256: string };
let numbers = 6_000_000;

async function party(role: 'manufacturer' | 'customer' | 'serviceCenter'): Promise<Party> {
  const { edition, ...body } = registrationBody;
  const registered = await register(api, { ...body, role, ...(role === 'manufacturer' ? { edition } : {}) });
  const number = String((numbers += 1));
  await api.db.updateTable('accounts').set({ number }).where('id', '=', registered.id).execute();
  await storeContract(api, registered.id, { tags: ['readable', 'service'] });
  return { ...registered, number };
}

const drill = (name: string) => ({
  name,
  components: ['drive', 'motor', 'blade'].map((id) => ({ id, partOf: null })),
});
const unit = (shipment: string) => ({ model: 'SD-18V', dates: { shipment } });
const offer = (capacity: number) => ({ region: 'CN-TJ', capacity, models: [] });
const years = ['2026', '2027', '2028'].map((year) => [year, { holidays: [], specialDays: {} }]);
const level = (target: string) => ({
  target,
  reminders: [],
  escalations: [],
  pauses: [],
  calendar: {
    name: 'workshop',
    version: 1,
    timeZone: 'Asia/Shanghai',
    week: { monday: [['08:00', '17:00']] },
    years: Object.fromEntries(years) as object,
  },
});
const file = (...rows: string[]) => ({
  method: 'POST' as const,
  path: '/units',
  body: ['serial,model,shipment', ...rows].join('\n'),
  headers: { 'content-type': 'text/csv' },
});
const photo = (of: string) => ({
  method: 'POST' as const,
  path: '/evidence',
  body: jpeg(of),
  headers: { 'content-type': 'image/jpeg' },
});

const run = ({ by = () => maker, method = 'PUT', path, body, headers = {} }: Command, key: string) => {
  const options: CallOptions = { as: by().token, body, key, headers };
  return api.call(method, `/accounts/${by().id}${typeof path === 'string' ? path : path()}`, options);
};
const see = async (path: string, who = maker) =>
  (await api.call('GET', `/accounts/${who.id}${path}`, { as: who.token })).body;
const noted = async () =>
  (await api.db.selectFrom('done_commands').select('command').where('account_id', '=', maker.id).execute()).length;

beforeEach(async () => {
  api.now = new Date('2026-06-10T02:00:00.000Z');
  [maker, center, buyer] = [await party('manufacturer'), await party('serviceCenter'), await party('customer')];
  for (const command of [
    { path: '/models/SD-18V', body: drill('Drill') },
    { path: '/policies/standard-2026', body: policyExample },
    { path: '/units/SD18-000123', body: unit('2026-04-01') },
    ofCenter(1),
  ]) {
    const reply = await run(command, randomUUID());
    expect(reply.status, reply.text).toBe(200);
  }
  proof = { kind: 'invoice', sha256: await upload(api, buyer) };
});

interface Undone {
  readonly first: Command;
  readonly second: Command;
  readonly seen: () => Promise<unknown>;
}
const atCenter = () => `/authorised-centers/${center.number}`;
const ofCenter = (capacity: number) => ({ by: () => center, path: '/service-center', body: offer(capacity) });

describe('a command that is repeated late [W1, W4, W5]', () => {
  it.each<[string, Undone]>([
    [
      'days of a unit',
      {
        first: { path: '/units/SD18-000123', body: unit('2026-04-02') },
        second: { path: '/units/SD18-000123', body: unit('2026-04-03') },
        seen: () => see('/units/SD18-000123'),
      },
    ],
    [
      'the name of a model',
      {
        first: { path: '/models/SD-18V', body: drill('Drill 18') },
        second: { path: '/models/SD-18V', body: drill('Drill 18 V') },
        seen: () => see('/models'),
      },
    ],
    [
      'the end of a campaign',
      {
        first: { path: '/campaigns/recall-7', body: campaignExample },
        second: { path: '/campaigns/recall-7', body: { ...campaignExample, validUntil: '2026-12-31' } },
        seen: () => see('/campaigns'),
      },
    ],
    [
      'a service level',
      {
        first: { path: '/service-levels/claimDecision', body: level('PT16H') },
        second: { path: '/service-levels/claimDecision', body: level('PT8H') },
        seen: () => see('/service-levels'),
      },
    ],
    [
      'what a center can repair',
      { first: ofCenter(20), second: ofCenter(5), seen: () => see('/service-center', center) },
    ],
    [
      'an authorisation that was withdrawn',
      {
        first: { path: atCenter, body: {} },
        second: { method: 'POST', path: () => `${atCenter()}/withdrawal`, body: {} },
        seen: () => see('/authorised-centers'),
      },
    ],
  ])('does not undo what came after it: %s', async (_what, { first, second, seen }) => {
    const [a, b] = [randomUUID(), randomUUID()];
    const done = async (command: Command, key: string) => {
      const { status, text } = await run(command, key);
      expect(status, text).toBe(200);
      return text;
    };
    await done(first, a);
    const between = await seen();
    await done(second, b);
    const after = await seen();
    expect(after).not.toEqual(between);
    api.now = new Date(api.now.getTime() + 60_000);
    const late = await done(first, a);
    expect(await seen()).toEqual(after);
    // It says how things are now, and not how the first one left them.
    expect(JSON.stringify(after)).toContain(late);
  });

  it('enters nothing of a file that it had left out, and says so', async () => {
    const rows = file('B-1,SD-18V,2026-04-01', 'B-2,SD-99,2026-04-01');
    const key = randomUUID();
    const report = { rows: 2, refused: 1, problems: [{ line: 3, column: 'model' }] };
    expect((await run(rows, key)).body).toMatchObject({ ...report, entered: 1, unchanged: 0 });
    expect((await run(rows, key)).body).toMatchObject({ ...report, entered: 0, unchanged: 1 });
    await run({ path: '/models/SD-99', body: drill('Other') }, randomUUID());
    expect((await run(rows, key)).body).toEqual({
      rows: 2,
      entered: 0,
      unchanged: 1,
      refused: 1,
      problems: [
        {
          line: 3,
          column: 'serial',
          problem: 'was not taken when this command came first: send it under another key',
        },
      ],
    });
    expect((await run(rows, randomUUID())).body).toMatchObject({ entered: 1, unchanged: 1 });
  });

  it('leaves nothing by which what it said could be tried out', async () => {
    const command = { path: '/units/SD18-000123', body: unit('2026-04-02') };
    for (const key of [randomUUID(), randomUUID()]) expect((await run(command, key)).status).toBe(200);
    const rows = await api.db.selectFrom('done_commands').selectAll().where('account_id', '=', maker.id).execute();
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map(({ digest }) => digest)).size).toBe(5);
  });

  it('is not noted where it only asked what would be done, or was refused', async () => {
    const count = await noted();
    const key = randomUUID();
    const asked = { ...file('B-1,SD-18V,2026-04-01'), path: '/units?dryRun=true' };
    expect((await run(asked, key)).body).toMatchObject({ entered: 1 });
    const unknown = { path: '/units/B-3', body: { model: 'SD-99' } };
    expect((await run(unknown, key)).status).toBe(400);
    expect(await noted()).toBe(count);
    await run({ path: '/models/SD-99', body: drill('Other') }, randomUUID());
    expect((await run(unknown, key)).status).toBe(200);
  });
});

describe('a key with another body [W1, W4, W5]', () => {
  it.each<[string, () => [Command, Command]]>([
    [
      'a unit',
      () => [
        { path: '/units/Z1', body: unit('2026-04-02') },
        { path: '/units/Z1', body: unit('2026-04-03') },
      ],
    ],
    [
      'another unit',
      () => [
        { path: '/units/Z1', body: unit('2026-04-02') },
        { path: '/units/Z2', body: unit('2026-04-02') },
      ],
    ],
    ['a file of units', () => [file('B-1,SD-18V,2026-04-01'), file('B-2,SD-18V,2026-04-01')]],
    ['evidence', () => [photo('one'), photo('another')]],
    [
      'an extension',
      () => [
        { method: 'POST', path: '/units/SD18-000123/extensions', body: extensionExample },
        { method: 'POST', path: '/units/SD18-000123/extensions', body: { ...extensionExample, id: 'other' } },
      ],
    ],
    [
      'a sale',
      () => [
        { method: 'POST', path: '/units/SD18-000123/owners', body: { on: '2026-05-20' } },
        { method: 'POST', path: '/units/SD18-000123/owners', body: { on: '2026-05-21' } },
      ],
    ],
    [
      'a registration',
      () => {
        const bought = { manufacturer: maker.number, serial: 'SD18-000123', on: '2026-06-01', proof };
        const by = () => buyer;
        return [
          { by, method: 'POST', path: '/registrations', body: bought },
          { by, method: 'POST', path: '/registrations', body: { ...bought, region: 'CN-TJ' } },
        ];
      },
    ],
    [
      'a policy',
      () => [
        { path: '/policies/p', body: policyExample },
        { path: '/policies/p', body: { ...policyExample, deadOnArrival: null } },
      ],
    ],
    ['a service center', () => [ofCenter(20), ofCenter(5)]],
    [
      'a center that is withdrawn',
      () => [
        { path: atCenter, body: {} },
        { method: 'POST', path: () => `${atCenter()}/withdrawal`, body: {} },
      ],
    ],
  ])('is refused, and changes nothing: %s', async (_what, commands) => {
    const [first, other] = commands();
    const key = randomUUID();
    expect((await run(first, key)).status).toBe(200);
    const all = async () => [
      await see('/units'),
      await see('/units/SD18-000123'),
      await see('/authorised-centers'),
      await see('/service-center', center),
      await see('/evidence'),
      await see('/owned-units', buyer),
    ];
    const before = await all();
    expect((await run(other, key)).body).toMatchObject({
      status: 422,
      type: '/problems/idempotency-key-reused',
      field: 'Idempotency-Key',
    });
    expect(await all()).toEqual(before);
    // The same fields in another order say the same.
    const { body } = first;
    const turned =
      typeof body === 'object' && !Buffer.isBuffer(body)
        ? Object.fromEntries(Object.entries(body as object).toReversed())
        : body;
    expect((await run({ ...first, body: turned }, key)).status).toBe(200);
  });
});

describe('a command that comes several times at once [W1]', () => {
  it('is carried out once, and of two that differ one', async () => {
    const key = randomUUID();
    const same = await Promise.all([1, 2, 3, 4].map(() => run({ path: '/units/Z1', body: unit('2026-04-02') }, key)));
    expect(same.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const count = await noted();
    const other = randomUUID();
    const days = ['2026-04-03', '2026-04-04', '2026-04-05', '2026-04-06'];
    const replies = await Promise.all(days.map((day) => run({ path: '/units/Z1', body: unit(day) }, other)));
    expect(replies.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 422, 422, 422]);
    expect(await noted()).toBe(count + 1);
    const done = days[replies.findIndex(({ status }) => status === 200)];
    expect(await see('/units/Z1')).toMatchObject({ dates: { shipment: done } });
  });

  it('and is cut off in the middle leaves neither the change nor the note, and is done when it is repeated', async () => {
    const key = randomUUID();
    const late = { path: '/units/SD18-000123', body: unit('2026-04-09') };
    const count = await noted();
    let cut: ReturnType<typeof run> | undefined;
    await api.db.transaction().execute(async (trx) => {
      await sql`lock table units in exclusive mode`.execute(trx);
      cut = run(late, key);
      // It has its note, and waits for the unit: there its connection is lost.
      await eventually('the command to be cut off', async () => {
        const { rows } = await sql<{ done: boolean }>`
          select pg_terminate_backend(pid) as done from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(api.db);
        return rows.length > 0;
      });
      expect((await cut).status).toBe(503);
    });
    expect(await noted()).toBe(count);
    expect(await see('/units/SD18-000123')).toMatchObject({ dates: { shipment: '2026-04-01' } });
    expect((await run(late, key)).status).toBe(200);
    expect(await see('/units/SD18-000123')).toMatchObject({ dates: { shipment: '2026-04-09' } });
  });
});
