/** Repair orders over HTTP, with a real worker: from a claim to the unit's return, and what each party does and sees of it. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import decodeQR from 'qr/decode.js';
import { decodePDFRawStream, PDFDocument, PDFRawStream } from 'pdf-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { policyExample } from '../../api/warranty-fields.ts';
import { createDatabase } from '../../db/database.ts';
import { useLiveApi } from './live.ts';
import type { Answered } from './live.ts';
import { eventually, useParties } from './parties.ts';
import type { Party } from './parties.ts';

const live = useLiveApi();
const clock = `repairs-${randomUUID().slice(0, 8)}`;
const { told, open, join, act, read, operator } = useParties(live, clock);
/** A Monday, three months after the drills were sold. */
const start = '2027-05-31T02:00:00.000Z';
let maker: Party;
let buyer: Party;
let near: Party;
let far: Party;
let serials = 0;

const declaration = (region: string, capacity = 20) => ({
  region,
  capacity,
  models: [{ manufacturer: maker.number, model: 'SD-18V' }],
});

beforeAll(async () => {
  await open(start);
  [maker, buyer] = [await join('manufacturer'), await join('customer', 'Zanzibar Household')];
  near = await join('serviceCenter', 'Quokka Repairs Ltd.');
  const components = [
    { id: 'motor', partOf: null },
    { id: 'blade', partOf: null },
  ];
  await told('PUT', `/accounts/${maker.id}/models/SD-18V`, maker.token, { name: 'Cordless drill 18 V', components });
  await told('PUT', `/accounts/${maker.id}/policies/standard-2026`, maker.token, policyExample);
  await told('PUT', `/accounts/${near.id}/service-center`, near.token, declaration('CN-TJ'));
  await told('PUT', `/accounts/${maker.id}/authorised-centers/${near.number}`, maker.token, {});
}, 120_000);

/** A drill of the buyer. */
async function sold(region?: string): Promise<string> {
  serials += 1;
  const serial = `SD18-${serials}`;
  const unit = { model: 'SD-18V', dates: { shipment: '2027-02-01', proofOfPurchase: '2027-03-01' } };
  await told('PUT', `/accounts/${maker.id}/units/${serial}`, maker.token, unit);
  const sale = { on: '2027-03-01', customer: buyer.number, ...(region === undefined ? {} : { region }) };
  await act(maker, `units/${serial}/owners`, sale);
  return serial;
}

const claimFor = (serial: string, component = 'motor', cause = 'defect') => ({
  manufacturer: maker.number,
  serial,
  failedOn: '2027-05-30',
  lines: [{ component, cause }],
});

/** A claim of the buyer that comes to a repair; the repair's address below an account's. */
async function ordered(
  where: { claimed?: string; sold?: string } = {},
): Promise<{ repair: string; claim: string; serial: string }> {
  const serial = await sold(where.sold);
  const region = where.claimed === undefined ? {} : { region: where.claimed };
  const claim = await act(buyer, 'claims', { ...claimFor(serial), ...region });
  const id = String(claim['claimId']);
  const repair = `repairs/${id}.1`;
  await reaches(maker, repair, 'offered');
  return { repair, claim: id, serial };
}

const seen = async (party: Party, repair: string) => (await read(party, repair)).body;
const reaches = (party: Party, repair: string, state: string): Promise<Answered> =>
  eventually(`the repair in ${state}`, () => seen(party, repair), (one) => one['state'] === state); // prettier-ignore
const says = (party: Party, repair: string, action: string, body: object = {}, key?: string) =>
  act(party, `${repair}/${action}`, body, key);
const refusal = async (party: Party, repair: string, action: string, body: object = {}) => {
  const reply = await live.call('POST', `/accounts/${party.id}/${repair}/${action}`, { as: party.token, body });
  return [reply.status, String(reply.body['type']).replace('/problems/', '')];
};

/** To the center that has it, inspected with these costs. */
async function inspected(repair: string, serial: string, amount = 0): Promise<void> {
  await says(near, repair, 'acceptance');
  await reaches(buyer, repair, 'awaitingShipment');
  await says(buyer, repair, 'shipment', { tracking: 'SF-1' });
  await says(near, repair, 'receipt', { serial, condition: 'ok', missing: [] });
  const costs = [
    { lineId: 'l1', costClass: 'parts', amount: 20_000 },
    ...(amount > 0 ? [{ lineId: null, costClass: 'labour', amount }] : []),
  ];
  await says(near, repair, 'inspection', { finding: 'faultConfirmed', currency: 'CNY', costs, usage: { hours: 12 } });
}

async function finished(repair: string): Promise<void> {
  for (const action of ['completion', 'test/pass']) await says(near, repair, action);
  await says(near, repair, 'return', { tracking: 'SF-2' });
}

/** The squares of the label's QR code, read as a scanner would. */
async function scanned(label: Buffer): Promise<{ text: string; page: string }> {
  const pdf = await PDFDocument.load(label);
  const [sheet] = pdf.getPages();
  const streams = sheet!.node
    .normalizedEntries()
    .Contents!.asArray()
    .map((one) => pdf.context.lookup(one));
  const page = streams
    .filter((one) => one instanceof PDFRawStream)
    .map((one) => Buffer.from(decodePDFRawStream(one).decode()).toString('latin1'))
    .join('\n');
  const squares = [...page.matchAll(/1 0 0 1 ([\d.]+) ([\d.]+) cm[^q]*?0 0 m\n0 ([\d.]+) l/g)].map(
    ([, x, y, size]) => [Number(x), Number(y), Number(size)] as const,
  );
  expect(squares.length).toBeGreaterThan(100);
  const { width, height } = sheet!.getSize();
  const scale = 3;
  const image = {
    width: width * scale,
    height: height * scale,
    data: new Uint8Array(width * height * scale ** 2 * 4).fill(255),
  };
  for (const [x, y, size] of squares) {
    for (let row = Math.round((height - y - size) * scale); row < Math.round((height - y) * scale); row += 1) {
      for (let column = Math.round(x * scale); column < Math.round((x + size) * scale); column += 1) {
        image.data.fill(0, (row * image.width + column) * 4, (row * image.width + column) * 4 + 3);
      }
    }
  }
  return { text: decodeQR(image), page };
}

describe('a repair order', () => {
  it('goes from the decided claim to the confirmed delivery, each party doing its part [W3, W4, W5, W6]', async () => {
    const { repair, claim, serial } = await ordered();
    expect(await seen(near, repair)).toMatchObject({
      waitsFor: ['serviceCenter'],
      clauses: ['W4'],
      place: 'customer',
      nextDeadline: { what: 'assignmentDue', clauses: ['W4'], at: '2027-06-03T16:00:00.000Z' },
      faults: [{ component: 'motor', cause: 'defect' }],
    });
    expect(await refusal(buyer, repair, 'acceptance')).toEqual([403, 'forbidden']);
    const key = randomUUID();
    const twice = await Promise.all([
      says(near, repair, 'acceptance', {}, key),
      says(near, repair, 'acceptance', {}, key),
    ]);
    expect(twice[0]!['sequence']).toBe(twice[1]!['sequence']);
    const awaited = await reaches(buyer, repair, 'awaitingShipment');
    expect(awaited).toMatchObject({
      waitsFor: ['customer'],
      center: near.number,
      rma: expect.stringMatching(/^RMA-\d{9}$/) as string,
    });
    expect(await refusal(near, repair, 'shipment', { tracking: 'SF-1' })).toEqual([403, 'forbidden']);
    await says(buyer, repair, 'shipment', { tracking: 'SF-1' });
    await says(near, repair, 'receipt', { serial, condition: 'damaged', missing: ['case'] });
    const inspecting = await seen(maker, repair);
    expect(inspecting).toMatchObject({
      state: 'inspecting',
      place: 'center',
      condition: 'damaged',
      missing: ['case'],
      clocks: [{ clock: 'turnaround', state: 'running', unit: 'businessDays', outcome: 'open' }],
      nextDeadline: { what: 'turnaround' },
      assignments: [
        { center: near.number, state: 'offered' },
        { center: near.number, state: 'accepted' },
      ],
    });
    const costs = [{ lineId: 'l1', costClass: 'parts', amount: 20_000 }];
    await says(near, repair, 'inspection', { finding: 'faultConfirmed', currency: 'CNY', costs, usage: { hours: 12 } });
    await says(near, repair, 'parts/order', { partId: 'P-7', component: 'motor' });
    expect(await seen(near, repair)).toMatchObject({ state: 'waitingForParts', clocks: [{ pausedFor: ['parts'] }] });
    await says(near, repair, 'parts/arrival', { partId: 'P-7' });
    await says(near, repair, 'parts/use', { partId: 'P-7' });
    expect(await refusal(near, repair, 'parts/use', { partId: 'P-7' })).toEqual([409, 'event-refused']);
    await says(near, repair, 'completion');
    await says(near, repair, 'test/failure');
    await finished(repair);
    const deliveryKey = randomUUID();
    const delivered = await says(buyer, repair, 'delivery', {}, deliveryKey);
    expect(await says(buyer, repair, 'delivery', {}, deliveryKey)).toEqual(delivered);
    const closed = await seen(maker, repair);
    expect(closed).toMatchObject({
      state: 'closed',
      outcome: 'repaired',
      place: 'customer',
      waitsFor: [],
      failedTests: 1,
    });
    expect(closed['clocks']).toMatchObject([{ state: 'stopped', outcome: 'kept' }]);
    await eventually('the claim', () => read(buyer, `claims/${claim}`), ({ body }) => body['state'] === 'fulfilled'); // prettier-ignore
    // The part that was built in has a warranty of its own, beside what is left of the unit's.
    const query = `coverage?on=2027-06-01&component=motor&cause=defect`;
    const { text } = await read(maker, `units/${serial}/${query}`);
    expect(text).toContain(`${claim}.1.motor`);
    const late = await live.call('POST', `/accounts/${buyer.id}/${repair}/delivery`, { as: buyer.token, body: {} });
    expect(late.body).toMatchObject({ type: '/problems/already-ended', status: 409, state: closed['words'] });
    expect(await refusal(near, repair, 'completion')).toEqual([409, 'already-ended']);
  }, 60_000);

  it('shows each party its own part, and nobody else anything [W4, W7]', async () => {
    const { repair } = await ordered();
    const stranger = await join('customer');
    const byParty = await Promise.all([buyer, near, maker].map((party) => seen(party, repair)));
    expect(byParty.map((view) => ['customer' in view, 'claimId' in view, 'charges' in view])).toEqual([
      [true, true, true],
      [false, false, false],
      [true, true, true],
    ]);
    expect(byParty.map((view) => ['parts' in view, 'clocks' in view, 'assignments' in view])).toEqual([
      [false, false, false],
      [true, true, false],
      [true, true, true],
    ]);
    expect(JSON.stringify(byParty[1])).not.toContain(buyer.number);
    expect((await read(stranger, repair)).status).toBe(404);
    expect((await read(stranger, `${repair}/label`)).status).toBe(404);
    expect(await refusal(stranger, repair, 'shipment', { tracking: 'SF-1' })).toEqual([404, 'not-found']);
    const { body: whole } = await live.call('GET', `/${repair}`, { as: operator() });
    expect(whole).toMatchObject({ customer: buyer.number, manufacturer: maker.number, center: near.number });
    const lists = await Promise.all([
      read(buyer, 'repairs?open=true'),
      live.call('GET', '/repairs', { as: operator() }),
    ]);
    for (const { body } of lists) expect(JSON.stringify(body)).toContain(repair.slice('repairs/'.length));
    expect((await live.call('GET', '/repairs', { as: buyer.token })).status).toBe(403);
    const exported = await read(near, 'export');
    expect(exported.text).toContain(repair.slice('repairs/'.length));
    expect(exported.text).not.toContain(buyer.number);
  }, 60_000);

  it('is its customer’s as a customer, also where a manufacturer recovers a cost from its supplier [W2, W4, V8]', async () => {
    const assembler = await join('manufacturer', 'Numbat Machines Ltd.');
    await told('PUT', `/accounts/${assembler.id}/models/saw`, assembler.token, { name: 'Saw', components: [] });
    await told('PUT', `/accounts/${assembler.id}/units/saw-1`, assembler.token, { model: 'saw' });
    const own = { serial: 'saw-1', failedOn: '2027-05-30', lines: [{ cause: 'defect' }] };
    const { claimId: paid } = (await act(assembler, 'claims', own)) as { claimId: string };
    const reached = (claim: string, state: string) =>
      eventually(`the claim ${state}`, () => read(assembler, `claims/${claim}`), ({ body }) => body['state'] === state); // prettier-ignore
    await reached(paid, 'deciding');
    const decidedBy = 'clerk-1';
    const offer = { lineId: 'l1', amount: 5_000, currency: 'CNY', reason: 'loyalty', decidedBy };
    await act(assembler, `claims/${paid}/goodwill`, offer);
    await act(assembler, `claims/${paid}/outcome`, { outcome: 'refund', decidedBy });
    await act(assembler, `claims/${paid}/acceptance`);
    await act(assembler, `claims/${paid}/fulfilment`, { reference: 'BOC-1' });
    const drill = { model: 'SD-18V', dates: { shipment: '2027-02-01', proofOfPurchase: '2027-03-01' } };
    await told('PUT', `/accounts/${maker.id}/units/SD18-supplied`, maker.token, drill);
    const recovery = await act(assembler, 'claims', { ...claimFor('SD18-supplied'), recovers: paid });
    const repair = `repairs/${String(recovery['claimId'])}.1`;
    await reaches(maker, repair, 'offered');
    const { sections } = (await read(assembler, 'export')).body as { sections: { repairs: Answered[] } };
    for (const view of [...sections.repairs, await seen(assembler, repair)]) {
      const ofOthers = ['customer', 'parts', 'clocks', 'assignments'].map((name) => name in view);
      expect([view['repairId'], ofOthers]).toEqual([repair.slice('repairs/'.length), [true, false, false, false]]);
    }
    expect(sections.repairs).toHaveLength(1);
    expect((await read(assembler, 'repairs')).body).toMatchObject([{ repairId: repair.slice('repairs/'.length) }]);
    await says(near, repair, 'acceptance');
    await reaches(assembler, repair, 'awaitingShipment');
    expect((await read(assembler, `${repair}/label`)).status).toBe(200);
    await says(assembler, repair, 'shipment', { tracking: 'SF-1' });
    expect(await refusal(assembler, repair, 'loss')).toEqual([403, 'forbidden']);
  }, 60_000);

  it('charges what coverage does not pay once the customer accepts, and nothing otherwise [W4]', async () => {
    const { repair, serial } = await ordered();
    await inspected(repair, serial, 7_700);
    const quoting = await seen(buyer, repair);
    expect(quoting).toMatchObject({
      state: 'quoting',
      waitsFor: ['customer'],
      quotations: [{ quotation: 1, state: 'open', total: 7_700, currency: 'CNY' }],
      charges: [],
      nextDeadline: { what: 'quotationValidity', at: '2027-06-14T16:00:00.000Z' },
    });
    expect(JSON.stringify(quoting)).not.toContain('goodwill');
    expect(await refusal(maker, repair, 'quotation/acceptance', { quotation: 1 })).toEqual([403, 'forbidden']);
    const other = { as: buyer.token, body: { quotation: 2 } };
    expect((await live.call('POST', `/accounts/${buyer.id}/${repair}/quotation/acceptance`, other)).body).toMatchObject(
      {
        type: '/problems/event-refused',
        field: '/quotation',
        detail: 'The open quotation is 1: read it first.',
      },
    );
    await says(buyer, repair, 'quotation/acceptance', { quotation: 1 });
    expect(await seen(maker, repair)).toMatchObject({
      state: 'repairing',
      charges: [{ kind: 'quotation', amount: 7_700, currency: 'CNY' }],
      quotations: [
        {
          state: 'accepted',
          costs: [
            { covered: 20_000, charged: 0 },
            { covered: 0, charged: 7_700 },
          ],
        },
      ],
    });
  }, 60_000);

  it('takes goodwill off the costs, in its currency, and says which field is wrong [W2, W4]', async () => {
    const serial = await sold();
    const { claimId } = (await act(buyer, 'claims', claimFor(serial, 'blade', 'wear'))) as { claimId: string };
    const [id, repair] = [`claims/${claimId}`, `repairs/${claimId}.1`];
    await eventually('a person', () => read(maker, id), ({ body }) => body['state'] === 'deciding'); // prettier-ignore
    const decidedBy = 'clerk-7';
    await act(maker, `${id}/goodwill`, { lineId: 'l1', amount: 5_000, currency: 'CNY', reason: 'loyalty', decidedBy });
    await act(maker, `${id}/outcome`, { outcome: 'repair', decidedBy });
    await act(buyer, `${id}/acceptance`);
    await reaches(near, repair, 'offered');
    await says(near, repair, 'acceptance');
    await reaches(buyer, repair, 'awaitingShipment');
    await says(buyer, repair, 'shipment', { tracking: 'SF-1' });
    await says(near, repair, 'receipt', { serial, condition: 'ok', missing: [] });
    const costs = [{ lineId: 'l1', costClass: 'parts', amount: 8_000 }];
    const inspection = { finding: 'faultConfirmed', currency: 'CNY', costs, usage: {} };
    for (const [over, field] of [
      [{ currency: 'EUR' }, '/currency'],
      [{ costs: [{ ...costs[0], lineId: 'l9' }] }, '/costs/0/lineId'],
      [{ finding: 'noFaultFound' }, '/costs'],
    ] as const) {
      const body = { ...inspection, ...over };
      const reply = await live.call('POST', `/accounts/${near.id}/${repair}/inspection`, { as: near.token, body });
      expect([reply.status, reply.body['field']]).toEqual([400, field]);
    }
    await says(near, repair, 'inspection', inspection);
    expect((await seen(maker, repair))['quotations']).toMatchObject([
      { currency: 'CNY', total: 3_000, costs: [{ covered: 0, goodwill: 5_000, charged: 3_000 }] },
    ]);
  }, 60_000);

  it('takes parts of components that the model has, and costs in the currency of the claim [W2, W4]', async () => {
    const { repair, serial } = await ordered();
    await says(near, repair, 'acceptance');
    await reaches(buyer, repair, 'awaitingShipment');
    await says(buyer, repair, 'shipment', { tracking: 'SF-1' });
    await says(near, repair, 'receipt', { serial, condition: 'ok', missing: [] });
    const costs = [{ lineId: 'l1', costClass: 'parts', amount: 8_000 }];
    const inspection = { finding: 'faultConfirmed', currency: 'USD', costs, usage: {} };
    const wrong = async (action: string, body: object) => {
      const reply = await live.call('POST', `/accounts/${near.id}/${repair}/${action}`, { as: near.token, body });
      return [reply.status, reply.body['field'], reply.body['detail']];
    };
    const ofClaim = expect.stringContaining('in CNY') as unknown;
    expect(await wrong('inspection', inspection)).toEqual([400, '/currency', ofClaim]);
    await says(near, repair, 'inspection', { ...inspection, currency: 'CNY' });
    expect(await wrong('quotation', { currency: 'USD', costs })).toEqual([400, '/currency', ofClaim]);
    const unknown = { partId: 'P-1', component: 'unicorn' };
    const ofModel = 'The model has no such component. It has: motor, blade.';
    for (const action of ['parts/order', 'parts/reservation'])
      expect(await wrong(action, unknown)).toEqual([400, '/component', ofModel]);
    await says(near, repair, 'parts/reservation', { partId: 'P-1', component: 'motor' });
    expect((await seen(near, repair))['parts']).toMatchObject([{ partId: 'P-1', component: 'motor' }]);
  }, 60_000);

  it('refuses in the words that it shows, with the part that is meant and what can be sent, by which route [W4]', async () => {
    const { repair, serial } = await ordered();
    const refused = async (party: Party, action: string, body: object = {}) => {
      const path = `/accounts/${party.id}/${repair}/${action}`;
      return (await live.call('POST', path, { as: party.token, body })).body;
    };
    const words = 'A service center is asked; its silence counts as a decline';
    expect(await refused(buyer, 'shipment', { tracking: 'SF-1' })).toMatchObject({
      type: '/problems/event-refused',
      state: words,
      accepted: expect.not.arrayContaining(['message.refused', 'party.erased']) as unknown,
      routes: { 'center.assigned': 'POST /accounts/{accountId}/repairs/{repairId}/assignment' },
    });
    expect(await refused(buyer, 'delivery')).toMatchObject({ status: 409, state: words });
    expect((await seen(buyer, repair))['words']).toBe(words);
    await inspected(repair, serial);
    const part = { partId: 'p1', component: 'motor' };
    expect(await refused(near, 'parts/use', { partId: 'p1' })).toMatchObject({
      status: 400,
      field: '/partId',
      detail: 'The repair has no parts yet.',
    });
    const waiting = await says(near, repair, 'parts/order', part);
    expect(waiting['state']).toBe((await seen(near, repair))['words']);
    const again = await refused(near, 'parts/order', part);
    expect(again).toMatchObject({ status: 409, field: '/partId', detail: 'The part p1 is on order already.' });
    expect(again['accepted']).not.toContain('part.ordered');
    expect(again['routes']).toMatchObject({
      'part.arrived': 'POST /accounts/{accountId}/repairs/{repairId}/parts/arrival',
    });
    await says(near, repair, 'parts/arrival', { partId: 'p1' });
    const detail = 'The repair has the parts p1 (arrived).';
    expect(await refused(near, 'parts/use', { partId: 'p2' })).toMatchObject({ status: 400, field: '/partId', detail });
    expect(await refused(near, 'parts/arrival', { partId: 'p1' })).toMatchObject({
      status: 409,
      field: '/partId',
      detail,
    });
  }, 60_000);

  it('exchanges a unit for one that is nobody’s, which carries the facts of the first [W6]', async () => {
    const { repair, serial } = await ordered();
    await inspected(repair, serial);
    const { serial: sold } = await ordered();
    expect(await refusal(near, repair, 'exchange', { serial: sold })).toEqual([409, 'already-exists']);
    const newSerial = `${serial}-X`;
    const key = randomUUID();
    const exchanged = await says(near, repair, 'exchange', { serial: newSerial }, key);
    expect(await says(near, repair, 'exchange', { serial: newSerial }, key)).toEqual(exchanged);
    await says(near, repair, 'return', { tracking: 'SF-2' });
    await says(buyer, repair, 'delivery');
    expect(await seen(buyer, repair)).toMatchObject({ outcome: 'replaced', serial: newSerial, formerSerial: serial });
    const [old, fresh] = [(await read(maker, `units/${serial}`)).body, (await read(maker, `units/${newSerial}`)).body];
    expect(fresh).toMatchObject({ owners: old['owners'], dates: old['dates'], model: 'SD-18V' });
    for (const unit of [old, fresh]) expect(unit['exchanges']).toMatchObject([{ serial, newSerial }]);
  }, 60_000);
});

describe('the label', () => {
  it('is a PDF whose QR code is the RMA number, with the center’s address and nothing of the customer [W4]', async () => {
    const { repair, serial } = await ordered();
    await says(near, repair, 'acceptance');
    const { rma } = (await reaches(buyer, repair, 'awaitingShipment')) as { rma: string };
    const label = await live.bytes(`/accounts/${buyer.id}/${repair}/label`, buyer.token);
    const { text, page } = await scanned(label);
    expect(text).toBe(rma);
    const hex = (words: string) => Buffer.from(words, 'latin1').toString('hex').toUpperCase();
    for (const words of [rma, `Serial number ${serial}`, 'Quokka Repairs Ltd.', '12 Example Street']) {
      expect(page, words).toContain(hex(words));
    }
    expect(page).not.toContain(hex('Zanzibar'));
  }, 60_000);

  it('is not there before a center has accepted, and says what it waits for [W4]', async () => {
    const { repair } = await ordered();
    for (const party of [buyer, near]) {
      const { status, body } = await read(party, `${repair}/label`);
      expect([status, body['type'], body['state']]).toEqual([
        409,
        '/problems/not-ready',
        expect.stringContaining('A service center is asked'),
      ]);
      expect(body['detail']).toContain('once one has accepted');
    }
  }, 60_000);
});

describe('the choice of a service center', () => {
  it('asks the next one after a decline, and answers a repeated decline alike [W4]', async () => {
    far = await join('serviceCenter', 'Wombat Service Ltd.');
    await told('PUT', `/accounts/${far.id}/service-center`, far.token, declaration('CN-GD'));
    await told('PUT', `/accounts/${maker.id}/authorised-centers/${far.number}`, maker.token, {});
    const { repair } = await ordered();
    const first = (await seen(maker, repair))['center'] === near.number ? near : far;
    const second = first === near ? far : near;
    const key = randomUUID();
    const [one, two] = [await says(first, repair, 'decline', {}, key), await says(first, repair, 'decline', {}, key)];
    expect(two['sequence']).toBe(one['sequence']);
    await eventually('the other center', () => seen(maker, repair), (view) => view['center'] === second.number); // prettier-ignore
    expect((await read(first, repair)).status).toBe(404);
    await says(second, repair, 'decline');
    expect(await reaches(maker, repair, 'unassigned')).toMatchObject({ waitsFor: ['manufacturer', 'operator'] });
    expect(await refusal(maker, repair, 'assignment', { center: buyer.number })).toEqual([404, 'not-found']);
    await says(maker, repair, 'assignment', { center: first.number });
    await says(first, repair, 'acceptance');
    await reaches(maker, repair, 'awaitingShipment');
  }, 60_000);

  it('goes to the region where the unit is, else to its country, and by load where none is of it [W4]', async () => {
    const abroad = await join('serviceCenter');
    await told('PUT', `/accounts/${abroad.id}/service-center`, abroad.token, declaration('DE'));
    await told('PUT', `/accounts/${maker.id}/authorised-centers/${abroad.number}`, maker.token, {});
    const chosenFor = async (where: { claimed?: string; sold?: string }) => {
      const { repair, claim } = await ordered(where);
      const [order, filed] = [await seen(maker, repair), (await read(buyer, `claims/${claim}`)).body];
      expect(order['region']).toBe(filed['region']);
      return [order['center'], order['region']];
    };
    // The near center has most of what was ordered so far, the one abroad nothing.
    expect(await chosenFor({ sold: 'CN-TJ' })).toEqual([near.number, 'CN-TJ']);
    expect(await chosenFor({ sold: 'CN-TJ', claimed: 'CN-GD' })).toEqual([far.number, 'CN-GD']);
    expect(await chosenFor({ claimed: 'CN-XJ' })).toEqual([far.number, 'CN-XJ']);
    expect(await chosenFor({ claimed: 'DE-BY' })).toEqual([abroad.number, 'DE-BY']);
    expect(await chosenFor({ claimed: 'FR' })).toEqual([abroad.number, 'FR']);
    expect(await chosenFor({})).toEqual([abroad.number, null]);
    await told('POST', `/accounts/${maker.id}/authorised-centers/${abroad.number}/withdrawal`, maker.token, {});
    expect(await chosenFor({ claimed: 'DE-BY' })).toEqual([far.number, 'DE-BY']);
    const claim = { manufacturer: maker.number, serial: 'SD18-1', failedOn: '2027-05-30', lines: [{}] };
    const body = { ...claim, region: 'Tianjin' };
    const refused = await live.call('POST', `/accounts/${buyer.id}/claims`, { as: buyer.token, body });
    expect([refused.status, refused.body['field']]).toEqual([400, '/region']);
  }, 60_000);

  it('is refused to who may not: roles, and models that are not there [W4, E2]', async () => {
    const put = (party: Party, path: string, body: object) =>
      live.call('PUT', `/accounts/${party.id}/${path}`, { as: party.token, body });
    expect((await put(buyer, 'service-center', declaration('CN-TJ'))).status).toBe(403);
    expect((await put(near, `authorised-centers/${far.number}`, {})).status).toBe(403);
    const unknown = { ...declaration('CN-TJ'), models: [{ manufacturer: maker.number, model: 'NONE' }] };
    const refused = await put(near, 'service-center', unknown);
    expect([refused.status, refused.body['field']]).toEqual([404, '/models/0']);
    expect((await put(near, 'service-center', { ...declaration('CN-TJ'), region: 'Tianjin' })).body['field']).toBe(
      '/region',
    );
    expect((await put(maker, `authorised-centers/${buyer.number}`, {})).status).toBe(404);
  }, 60_000);
});

/** Contract time of everybody here. */
const advance = async (to: string) => {
  const reply = await live.call('POST', `/clocks/${clock}/advance`, { as: operator(), body: { to } });
  expect(reply.status, reply.text).toBe(200);
};

/** Ends the account's agreement, and goes to the moment at which everything under it is gone. */
async function erased(party: Party): Promise<void> {
  await act(party, 'termination');
  const account = () => live.call('GET', `/accounts/${party.id}`, { as: party.token });
  const { nextDeadline } = (await account()).body as { nextDeadline: { at: string } };
  await advance(nextDeadline.at);
  await eventually('the certificate', account, ({ body }) => body['certificate'] !== undefined);
}

/** Where repairs still name the account. */
async function traces(id: string): Promise<string[]> {
  const db = createDatabase(live.config.databaseUrl);
  const found: string[] = [];
  for (const table of [
    'repairs',
    'repair_assignments',
    'authorised_centers',
    'service_centers',
    'instances',
  ] as const) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::integer as n from ${sql.table(table)} as row where to_jsonb(row)::text like ${`%${id}%`}
      and coalesce(to_jsonb(row) ->> 'machine', 'repair') = 'repair'`.execute(db);
    if (rows[0]!.n > 0) found.push(table);
  }
  await db.destroy();
  return found;
}

describe('a party that is suspended', () => {
  it('lets the clock stand still until the last reason is lifted [W5, W7]', async () => {
    const { repair, serial } = await ordered();
    await says(maker, repair, 'assignment', { center: near.number });
    await inspected(repair, serial);
    const clockIs = (state: string) =>
      eventually(
        `a clock that is ${state}`,
        () => seen(maker, repair),
        ({ clocks }) => (clocks as { state: string }[])[0]?.state === state,
      );
    await clockIs('running');
    const suspensions = `/accounts/${near.id}/suspensions`;
    for (const reason of ['unpaidInvoice', 'complaint']) await told('POST', suspensions, operator(), { reason });
    expect(await clockIs('paused')).toMatchObject({ state: 'repairing', clocks: [{ pausedFor: ['suspension'] }] });
    await told('POST', `${suspensions}/complaint/lifting`, operator(), {});
    await told('POST', `${suspensions}/unpaidInvoice/lifting`, operator(), {});
    await clockIs('running');
    await finished(repair);
  }, 60_000);
});

describe('time, and parties that go', () => {
  it('lapses when the unit is never sent, at the moment that was shown [W4, W6]', async () => {
    const { repair, claim } = await ordered();
    const party = (await seen(maker, repair))['center'] === near.number ? near : far;
    await says(party, repair, 'acceptance');
    const { nextDeadline } = (await reaches(buyer, repair, 'awaitingShipment')) as { nextDeadline: { at: string } };
    await advance(new Date(Date.parse(nextDeadline.at) - 60_000).toISOString());
    expect((await seen(buyer, repair))['state']).toBe('awaitingShipment');
    await advance(nextDeadline.at);
    expect(await reaches(buyer, repair, 'closed')).toMatchObject({ outcome: 'notSent', place: 'customer' });
    await eventually(
      'the claim',
      () => read(buyer, `claims/${claim}`),
      ({ body }) => body['closedAt'] !== null,
    );
  }, 120_000);

  it('recovers the unit from a center that is erased, and leaves no name of it [W7]', async () => {
    const { repair, serial } = await ordered();
    await says(maker, repair, 'assignment', { center: far.number });
    await says(far, repair, 'acceptance');
    await reaches(buyer, repair, 'awaitingShipment');
    await says(buyer, repair, 'shipment', { tracking: 'SF-1' });
    await says(far, repair, 'receipt', { serial, condition: 'ok', missing: [] });
    await erased(far);
    const recovering = await reaches(maker, repair, 'recovering');
    expect(recovering).toMatchObject({ place: 'center', center: null, waitsFor: ['manufacturer', 'operator'] });
    expect(recovering['clocks']).toMatchObject([{ clock: 'turnaround', state: 'stopped' }]);
    expect(await traces(far.id)).toEqual([]);
    await says(maker, repair, 'recovery');
    await reaches(maker, repair, 'offered');
    await says(near, repair, 'acceptance');
    expect(await reaches(maker, repair, 'forwarding')).toMatchObject({ place: 'manufacturer' });
    await says(maker, repair, 'shipment', { tracking: 'SF-3' });
    await says(near, repair, 'receipt', { serial, condition: 'ok', missing: [] });
    expect((await seen(maker, repair))['clocks']).toMatchObject([{ state: 'stopped' }, { clock: 'turnaround2' }]);
  }, 120_000);

  it('finishes the repair of a customer that is erased, for the manufacturer [W7]', async () => {
    const { repair, serial } = await ordered();
    await inspected(repair, serial);
    await erased(buyer);
    const repairing = await seen(maker, repair);
    expect(repairing).toMatchObject({ state: 'repairing', customer: null });
    expect(await traces(buyer.id)).toEqual([]);
    for (const action of ['completion', 'test/pass']) await says(near, repair, action);
    expect(await seen(near, repair)).toMatchObject({ state: 'disposal', waitsFor: ['manufacturer', 'operator'] });
    expect(await refusal(near, repair, 'return', { tracking: 'SF-9' })).toEqual([409, 'event-refused']);
    await says(maker, repair, 'disposal', { to: 'manufacturer' });
    await says(maker, repair, 'delivery');
    expect(await seen(maker, repair)).toMatchObject({ state: 'closed', outcome: 'repaired', place: 'manufacturer' });
  }, 120_000);
});
