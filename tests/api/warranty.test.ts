/** Warranty management over HTTP: models, policies, campaigns, units, owners, and what covers a failure [W1]. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deleteRowsOfAccount } from '../../db/erasures.ts';
import { campaignExample, extensionExample, policyExample } from '../../api/warranty-fields.ts';
import { register, registrationBody, storeContract, upload, useApi } from './fixture.ts';
import type { CallOptions } from './fixture.ts';

const api = useApi();
type Party = { id: string; token: string; number: string };
let maker: Party;

const inService = { tags: ['exportable', 'readable', 'service'] };
const invoice = async (party: Party) => ({ kind: 'invoice', sha256: await upload(api, party) });
const drill = {
  name: 'Cordless drill 18 V',
  components: [
    { id: 'drive', partOf: null },
    { id: 'motor', partOf: 'drive' },
    { id: 'blade', partOf: null },
  ],
};

beforeEach(async () => {
  // After all that is sold here.
  api.now = new Date('2028-06-01T02:00:00.000Z');
  maker = await numbered(await register(api));
  await storeContract(api, maker.id, inService);
});

let numbers = 7_000_000;
async function numbered(party: Omit<Party, 'number'>): Promise<Party> {
  numbers += 1;
  const number = String(numbers);
  await api.db.updateTable('accounts').set({ number }).where('id', '=', party.id).execute();
  return { ...party, number };
}

const as = (party: Party, method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown, options: CallOptions = {}) =>
  api.call(method, `/accounts/${party.id}${path}`, {
    as: party.token,
    ...(body === undefined ? {} : { body }),
    ...options,
  });
const csv = (text: string, query = '') =>
  as(maker, 'POST', `/units${query}`, text, { headers: { 'content-type': 'text/csv' } });
const coverage = (serial: string, query: string) => as(maker, 'GET', `/units/${serial}/coverage?${query}`);

async function customer(): Promise<Party> {
  const { edition: _, ...body } = registrationBody;
  const party = await numbered(await register(api, { ...body, role: 'customer' }));
  await storeContract(api, party.id, inService);
  return party;
}

/** A drill with a policy, entered and sold on 20 May 2026; answers the proof of the sale. */
async function soldDrill(serial = 'SD18-000123'): Promise<{ kind: string; sha256: string }> {
  for (const [path, body] of [
    ['/models/SD-18V', drill],
    ['/policies/standard-2026', policyExample],
    [`/units/${serial}`, { model: 'SD-18V', batch: '2026-W14', dates: { shipment: '2026-04-01' } }],
  ] as const) {
    const reply = await as(maker, 'PUT', path, body);
    expect(reply.status, reply.text).toBe(200);
  }
  const proof = await invoice(maker);
  const sold = await as(maker, 'POST', `/units/${serial}/owners`, { on: '2026-05-20', proof });
  expect(sold.status, sold.text).toBe(200);
  return proof;
}

describe('what covers a failure', () => {
  it('is said for parts, labour and shipping, with the line, its end and the reasons [W1]', async () => {
    await soldDrill();
    const { status, body, text } = await coverage('SD18-000123', 'on=2027-06-01&component=motor&cause=defect');
    expect(status, text).toBe(200);
    expect(body).toMatchObject({
      deadOnArrival: false,
      parts: { covered: true, by: 'standard-2026/whole', until: '2028-05-20', endsAt: '2028-05-20T16:00:00.000Z' },
      labour: { covered: false, by: null },
      shipping: { covered: false },
    });
    const { findings } = body['labour'] as { findings: { id: string; reasons: { code: string }[] }[] };
    const line = findings.find(({ id }) => id === 'standard-2026/whole');
    expect(line?.reasons.map(({ code }) => code)).toContain('expired');
  });

  it('counts from other days once one is taken away, and keeps those that are left out', async () => {
    await soldDrill();
    const put = async (dates: object) =>
      (await as(maker, 'PUT', '/units/SD18-000123', { model: 'SD-18V', batch: '2026-W14', dates })).body;
    const until = async () => {
      const { body } = await coverage('SD18-000123', 'on=2027-06-01&component=motor&cause=defect');
      return (body['parts'] as { until: string }).until;
    };
    expect(await until()).toBe('2028-05-20');
    const registered = { shipment: '2026-04-01', registration: '2028-06-01' };
    expect((await put({ proofOfPurchase: null }))['dates']).toEqual(registered);
    // The policy counts from 90 days after the shipment where no purchase is proven.
    expect(await until()).toBe('2028-06-30');
    expect((await put({ receipt: null, installation: '2026-05-01' }))['dates']).toEqual({
      ...registered,
      installation: '2026-05-01',
    });
    expect((await put({ shipment: '' }))['field']).toBe('/dates/shipment');
  });

  it('keeps the batch of a unit that is entered again without it, and names what is not the unit’s', async () => {
    await soldDrill();
    await as(maker, 'PUT', '/models/SD-99', drill);
    const put = (body: object) => as(maker, 'PUT', '/units/SD18-000123', body);
    expect((await put({ model: 'SD-18V', dates: { receipt: '2026-04-03' } })).body).toMatchObject({
      batch: '2026-W14',
      dates: { shipment: '2026-04-01', receipt: '2026-04-03' },
    });
    for (const [body, field] of [
      [{ model: 'SD-99' }, '/model'],
      [{ model: 'SD-18V', batch: '2026-W15' }, '/batch'],
      [{ model: 'SD-18V', batch: null }, '/batch'],
    ] as const) {
      expect((await put(body)).body).toMatchObject({ status: 409, type: '/problems/already-exists', field });
    }
  });

  it('counts from no day that has not come, or that nobody had a unit', async () => {
    await soldDrill();
    // 2 June in China, 1 June in London: the agreement's own day counts.
    api.now = new Date('2028-06-01T17:00:00.000Z');
    const put = async (day: string) =>
      (await as(maker, 'PUT', '/units/SD18-000123', { model: 'SD-18V', dates: { receipt: day } })).body;
    for (const [day, detail] of [
      ['2031-04-01', 'It has not come yet.'],
      ['2028-06-03', 'It has not come yet.'],
      ['1800-01-01', 'It is before 1970-01-01.'],
    ] as const) {
      expect(await put(day)).toMatchObject({ status: 400, field: '/dates/receipt', detail });
      await as(maker, 'PUT', '/units/SD18-000124', { model: 'SD-18V' });
      const sold = await as(maker, 'POST', '/units/SD18-000124/owners', { on: day });
      expect(sold.body).toMatchObject({ status: 400, field: '/on', detail });
    }
    for (const day of ['1970-01-01', '2028-06-02']) expect((await put(day))['dates']).toMatchObject({ receipt: day });
    const rows = ['B-1,SD-18V,2028-06-02', 'B-2,SD-18V,2028-06-03', 'B-3,SD-18V,1969-12-31'];
    expect((await csv(['serial,model,shipment', ...rows].join('\n'))).body).toMatchObject({
      entered: 1,
      refused: 2,
      problems: [
        { line: 3, column: 'shipment', problem: 'has not come yet' },
        { line: 4, column: 'shipment', problem: 'is before 1970-01-01' },
      ],
    });
  });

  it('changes at the end of the last covered day', async () => {
    await soldDrill();
    const covered = async (on: string) => {
      const { body } = await coverage('SD18-000123', `on=${on}&component=motor&cause=defect`);
      return (body['parts'] as { covered: boolean }).covered;
    };
    expect(await covered('2026-05-20')).toBe(true);
    expect(await covered('2028-05-20')).toBe(true);
    expect(await covered('2028-05-21')).toBe(false);
  });

  it('counts extensions, campaigns and changes of owner', async () => {
    await soldDrill();
    const late = 'on=2029-05-01&component=motor&cause=defect';
    const parts = async () => (await coverage('SD18-000123', late)).body['parts'];
    expect(await parts()).toMatchObject({ covered: false });
    const extended = await as(maker, 'POST', '/units/SD18-000123/extensions', extensionExample);
    expect(extended.status, extended.text).toBe(200);
    expect(await parts()).toMatchObject({ covered: true, until: '2029-05-20' });
    // The line survives one change of owner.
    await as(maker, 'POST', '/units/SD18-000123/owners', { on: '2027-01-10' });
    expect(await parts()).toMatchObject({ covered: true });
    await as(maker, 'POST', '/units/SD18-000123/owners', { on: '2028-01-10' });
    expect(await parts()).toMatchObject({ covered: false });
    const recall = await as(maker, 'PUT', '/campaigns/recall-7', campaignExample);
    expect(recall.status, recall.text).toBe(200);
    expect(await parts()).toMatchObject({ covered: true, by: 'recall-7' });
    await as(maker, 'PUT', '/campaigns/recall-7', { ...campaignExample, validUntil: '2029-04-30' });
    expect(await parts()).toMatchObject({ covered: false });
    expect(
      (await as(maker, 'PUT', '/campaigns/recall-7', { ...campaignExample, except: ['blade'] })).body,
    ).toMatchObject({
      status: 409,
      field: '/except',
    });
  });

  it('says what has to be known, and refuses what cannot be', async () => {
    await soldDrill();
    expect((await coverage('SD18-000123', 'on=2026-12-01')).body['parts']).toMatchObject({
      covered: false,
      needs: ['causeUnknown', 'componentUnknown'],
    });
    for (const [query, field] of [
      ['on=2026-13-01', 'on'],
      ['on=2026-12-01&component=flux', 'component'],
      ['on=2026-12-01&hours=many', 'hours'],
      ['component=motor', 'on'],
    ] as const) {
      const { status, body } = await coverage('SD18-000123', query);
      expect([status, String(body['field'])], query).toEqual([400, expect.stringContaining(field)]);
    }
    expect((await coverage('SD18-999999', 'on=2026-12-01')).status).toBe(404);
  });
});

describe('a catalogue', () => {
  it('takes the same again, and refuses what would break a promise', async () => {
    await soldDrill();
    expect((await as(maker, 'PUT', '/policies/standard-2026', policyExample)).status).toBe(200);
    const changed = { ...policyExample, deadOnArrival: null };
    expect((await as(maker, 'PUT', '/policies/standard-2026', changed)).body).toMatchObject({
      status: 409,
      type: '/problems/already-exists',
      field: '/deadOnArrival',
      detail: expect.stringContaining('Publish it under another name') as string,
    });
    const fewer = { ...drill, components: drill.components.slice(0, 2) };
    expect((await as(maker, 'PUT', '/models/SD-18V', fewer)).body).toMatchObject({ status: 409, field: '/components' });
    const more = { ...drill, components: [...drill.components, { id: 'lamp', partOf: null }] };
    expect((await as(maker, 'PUT', '/models/SD-18V', more)).status).toBe(200);
    expect((await as(maker, 'GET', '/models')).body).toMatchObject([{ id: 'SD-18V', components: more.components }]);
    expect((await as(maker, 'GET', '/policies')).body).toMatchObject([{ id: 'standard-2026' }]);
  });

  it('names the place of what cannot be meant', async () => {
    await soldDrill();
    const [line] = policyExample.lines;
    const circle = [
      { id: 'a', partOf: 'b' },
      { id: 'b', partOf: 'a' },
    ];
    for (const [path, body, field] of [
      ['/models/X', { name: 'X', components: circle }, '/components/0/partOf'],
      ['/policies/x', { ...policyExample, models: ['nothing'] }, '/models/0'],
      ['/policies/x', { ...policyExample, lines: [{ ...line, components: ['motr'] }] }, '/lines/0/components/0'],
      ['/policies/x', { ...policyExample, lines: [line, line] }, '/lines'],
      ['/policies/x', { ...policyExample, inForce: { from: '2027-01-01', until: '2026-01-01' } }, '/inForce'],
      ['/campaigns/x', { ...campaignExample, serials: [{ from: 'B2', to: 'B100' }] }, '/serials/0'],
    ] as const) {
      const { status, body: answer } = await as(maker, 'PUT', path, body);
      expect([status, answer['field']], `${path} ${field}`).toEqual([400, field]);
    }
    const unknownLine = { ...extensionExample, lines: ['nothing'] };
    expect((await as(maker, 'POST', '/units/SD18-000123/extensions', unknownLine)).body).toMatchObject({
      status: 400,
      field: '/lines/0',
    });
  });

  it('is the manufacturer’s alone, while its service is on [E2]', async () => {
    await soldDrill();
    const buyer = await customer();
    expect((await as(buyer, 'PUT', '/models/X', drill)).body).toMatchObject({
      status: 403,
      type: '/problems/not-entitled',
    });
    const foreign = { ...maker, token: buyer.token };
    expect((await as(foreign, 'GET', '/units/SD18-000123')).status).toBe(404);
    await storeContract(api, maker.id, { words: 'Overdue', tags: ['exportable', 'readable'] });
    expect((await as(maker, 'PUT', '/models/X', drill)).body).toMatchObject({
      status: 403,
      type: '/problems/not-entitled',
      state: 'Overdue',
    });
  });
});

describe('owners', () => {
  it('are registered once by their command, also at the same time', async () => {
    const proof = await soldDrill();
    const body = { on: '2027-01-10' };
    const key = 'the-same-command';
    const all = await Promise.all([1, 2, 3].map(() => as(maker, 'POST', '/units/SD18-000123/owners', body, { key })));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body: unit } = await as(maker, 'GET', '/units/SD18-000123');
    expect(unit['owners']).toMatchObject([{ since: '2026-05-20', proof }, { since: '2027-01-10' }]);
    const other = await as(maker, 'POST', '/units/SD18-000123/owners', { on: '2027-01-11' }, { key });
    expect(other.body).toMatchObject({ status: 422, type: '/problems/idempotency-key-reused' });
    // The same under another key is the same owner, and no transfer that could end a warranty.
    expect((await as(maker, 'POST', '/units/SD18-000123/owners', body)).body['owners']).toHaveLength(2);
    const gone = await customer();
    await api.db.updateTable('accounts').set({ erased_at: api.now.toISOString() }).where('id', '=', gone.id).execute();
    const late = { on: '2027-02-01', customer: gone.number };
    expect((await as(maker, 'POST', '/units/SD18-000123/owners', late)).status).toBe(410);
    const stranger = { on: '2027-02-01', customer: maker.number };
    expect((await as(maker, 'POST', '/units/SD18-000123/owners', stranger)).body).toMatchObject({
      status: 404,
      field: '/customer',
    });
    const earlier = await as(maker, 'POST', '/units/SD18-000123/owners', { on: '2026-12-31' });
    expect(earlier.body).toMatchObject({ status: 400, field: '/on' });
  });

  it('are the same when they are said again without region, document or customer [W1]', async () => {
    await soldDrill();
    await as(maker, 'PUT', '/units/SD18-000125', { model: 'SD-18V' });
    const buyer = await customer();
    const unit = { manufacturer: maker.number, serial: 'SD18-000125', on: '2026-06-01' };
    const bought = { ...unit, proof: await invoice(buyer) };
    const whole = { ...bought, region: 'CN-TJ' };
    const key = 'a-registration-with-its-region';
    const first = await as(buyer, 'POST', '/registrations', whole, { key });
    expect(first.status, first.text).toBe(200);
    expect((await as(buyer, 'POST', '/registrations', bought)).status).toBe(200);
    const sales = [{ customer: buyer.number }, { region: 'CN-TJ' }, {}];
    for (const sale of sales) {
      const said = await as(maker, 'POST', '/units/SD18-000125/owners', { on: bought.on, ...sale });
      expect([said.status, said.body['owners']]).toMatchObject([200, [{ customer: buyer.number, region: 'CN-TJ' }]]);
    }
    expect((await as(buyer, 'POST', '/registrations', { ...bought, region: 'CN-GD' })).body).toMatchObject({
      status: 409,
      field: '/region',
    });
    // Under the same key it is another body.
    expect((await as(buyer, 'POST', '/registrations', bought, { key })).status).toBe(422);
  });

  it('register what they bought, see it, and leave no trace when they are erased', async () => {
    await soldDrill();
    const { number } = maker;
    await as(maker, 'PUT', '/units/SD18-000124', { model: 'SD-18V' });
    const buyer = await customer();
    const proof = await invoice(buyer);
    const bought = { manufacturer: number, serial: 'SD18-000124', on: '2026-06-01', proof };
    const key = 'one-registration';
    expect((await as(buyer, 'POST', '/registrations', bought, { key })).status).toBe(200);
    expect((await as(buyer, 'POST', '/registrations', bought, { key })).status).toBe(200);
    const again = await as(buyer, 'POST', '/registrations', bought);
    expect([again.status, again.body]).toEqual([
      200,
      { manufacturer: number, serial: 'SD18-000124', model: 'SD-18V', since: '2026-06-01' },
    ]);
    for (const [change, field, detail] of [
      [{ on: '2026-06-02' }, '/on', 'with another day.'],
      [{ proof: await invoice(buyer) }, '/proof', 'with another document.'],
      [{ on: '2026-06-02', region: 'CN-TJ' }, '/on', 'with another day and region.'],
    ] as const) {
      const differing = await as(buyer, 'POST', '/registrations', { ...bought, ...change });
      expect(differing.body).toMatchObject({ status: 409, field, detail: expect.stringContaining(detail) as string });
    }
    const sale = { on: '2026-06-05', customer: buyer.number };
    expect((await as(maker, 'POST', '/units/SD18-000124/owners', sale)).body).toMatchObject({
      status: 409,
      field: '/on',
    });
    expect((await as(maker, 'GET', '/units/SD18-000124')).body['owners']).toHaveLength(1);
    expect((await as(await customer(), 'POST', '/registrations', bought)).body).toMatchObject({
      status: 409,
      field: '/serial',
    });
    for (const [change, detail] of [
      [{ serial: 'NONE' }, 'no unit of this serial number'],
      [{ manufacturer: buyer.number }, 'No manufacturer has this account number.'],
    ] as const) {
      const reply = await as(buyer, 'POST', '/registrations', { ...bought, ...change });
      expect([reply.status, reply.body['detail']]).toEqual([404, expect.stringContaining(detail)]);
    }
    const owned = { manufacturer: number, serial: 'SD18-000124', model: 'SD-18V', since: '2026-06-01' };
    expect((await as(buyer, 'GET', '/owned-units')).body).toEqual([owned]);
    expect((await as(maker, 'GET', '/units/SD18-000124')).body).toMatchObject({
      dates: { proofOfPurchase: '2026-06-01', registration: '2028-06-01' },
      owners: [{ customer: buyer.number }],
    });
    const exported = await as(maker, 'GET', '/export');
    expect(exported.text).toContain(`"customer":"${buyer.number}"`);
    expect(exported.text).not.toContain(buyer.id);
    await as(maker, 'POST', '/units/SD18-000124/owners', { on: '2026-07-01' });
    expect((await as(buyer, 'GET', '/owned-units')).body).toEqual([]);
    await api.db.transaction().execute((trx) => deleteRowsOfAccount(trx, buyer.id, null));
    expect((await as(maker, 'GET', '/units/SD18-000124')).body['owners']).toMatchObject([
      { since: '2026-06-01', customer: null },
      { since: '2026-07-01', customer: null },
    ]);
  });
});

describe('a file of units', () => {
  it('is taken row by row, under its own names of columns and form of days', async () => {
    await as(maker, 'PUT', '/models/SD-18V', drill);
    const file = [
      'Typ;Versand;Seriennummer;Charge',
      'SD-18V;01.04.2026;A-1;W14',
      'SD-18V;31.02.2026;A-2;W14',
      'SD-99;01.04.2026;A-3;W14',
      '"SD-18V";2.4.2026;"A-4";',
      'SD-18V;01.04.2026;A 5;W14',
      'SD-18V;05.04.2026;A-1;W14',
      'SD-98;32.01.2026;A 6;W14',
      'SD-18V;06.04.2026;A-1;W15',
    ].join('\r\n');
    const query = '?columns=serial%3DSeriennummer%3Bmodel%3DTyp%3Bshipment%3DVersand%3Bbatch%3DCharge&days=DD.MM.YYYY';
    const report = {
      rows: 8,
      entered: 2,
      unchanged: 0,
      refused: 6,
      problems: [
        { line: 3, column: 'Versand', problem: 'must be a day written as DD.MM.YYYY' },
        { line: 4, column: 'Typ', problem: 'is no model that was described' },
        { line: 6, column: 'Seriennummer' },
        { line: 7, column: 'Versand' },
        { line: 8, column: 'Seriennummer' },
        { line: 8, column: 'Versand', problem: 'must be a day written as DD.MM.YYYY' },
        { line: 8, column: 'Typ', problem: 'is no model that was described' },
        { line: 9, column: 'Charge' },
        { line: 9, column: 'Versand', problem: 'differs from the unit that is there under this serial number' },
      ],
    };
    expect((await csv(`\uFEFF${file}`, `${query}&dryRun=true`)).body).toMatchObject(report);
    expect((await as(maker, 'GET', '/units')).body).toEqual([]);
    expect((await csv(`\uFEFF${file}`, query)).body).toMatchObject(report);
    expect((await as(maker, 'GET', '/units')).body).toEqual([
      { serial: 'A-1', model: 'SD-18V', batch: 'W14', dates: { shipment: '2026-04-01' } },
      { serial: 'A-4', model: 'SD-18V', batch: null, dates: { shipment: '2026-04-02' } },
    ]);
    expect((await csv(file, query)).body).toMatchObject({ rows: 8, entered: 0, unchanged: 2, refused: 6 });
  });

  it('that cannot be read changes nothing, and says where', async () => {
    await as(maker, 'PUT', '/models/SD-18V', drill);
    for (const [text, query, detail] of [
      ['serial,model\nA-1,SD-18V\n"A-2,SD-18V\n', '', 'do not fit together'],
      ['number,model\nA-1,SD-18V\n', '', 'no column for serial'],
      ['', '', 'no header row'],
      ['serial,model\n', '?columns=colour%3Dred', 'columns are given as'],
      ['serial,model\n', '?columns=batch%3DCharge', "no column 'Charge', which the query names for batch"],
    ] as const) {
      const { status, body } = await csv(text, query);
      expect([status, body['field']], text).toEqual([400, 'body']);
      expect(body['detail']).toContain(detail);
    }
    expect((await as(maker, 'GET', '/units')).body).toEqual([]);
  });

  it('has no row with more cells than its header, and may have shorter ones', async () => {
    await as(maker, 'PUT', '/models/SD-18V', drill);
    const rows = [
      'Z1,SD-18V,B1,2026-11-20,extra',
      'Z2,SD-18V,B1,2026-11-20,,',
      'Z3,SD-18V',
      'Z4',
      'Z5,SD-18V,B,1,2026-11-20',
      '"Z6",SD-18V,"B,1",2026-11-20',
    ];
    const { body } = await csv(['serial,model,batch,shipment', ...rows].join('\n'));
    expect(body).toMatchObject({
      rows: 6,
      entered: 2,
      refused: 4,
      problems: [
        { line: 2, column: 'shipment', problem: expect.stringContaining('more cells than the header') as string },
        { line: 5, column: 'model' },
        { line: 5, column: 'model' },
        { line: 6, column: 'shipment', problem: expect.stringContaining('more cells than the header') as string },
        { line: 6, column: 'shipment', problem: 'must be a day written as YYYY-MM-DD' },
        { line: 7, column: 'batch' },
      ],
    });
    expect((await as(maker, 'GET', '/units')).body).toMatchObject([{ serial: 'Z2' }, { serial: 'Z3', batch: null }]);
  });

  it('of thousands of rows is entered whole', async () => {
    await as(maker, 'PUT', '/models/SD-18V', drill);
    const rows = Array.from({ length: 5000 }, (_, n) => `L-${String(n).padStart(6, '0')},SD-18V`);
    const { body } = await csv(['serial,model', ...rows].join('\n'));
    expect(body).toEqual({ rows: 5000, entered: 5000, unchanged: 0, refused: 0, problems: [] });
    const page = (await as(maker, 'GET', '/units?after=L-004990')).body as unknown as unknown[];
    expect(page).toHaveLength(9);
  });
});
