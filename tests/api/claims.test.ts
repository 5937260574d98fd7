/** Claims over HTTP, with a real worker: filed, decided, appealed, carried out, and what the parties see of them [W2–W7]. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { policyExample } from '../../api/warranty-fields.ts';
import { createDatabase } from '../../db/database.ts';
import { jpeg } from './fixture.ts';
import { useLiveApi } from './live.ts';
import type { Answered } from './live.ts';
import { eventually, useParties } from './parties.ts';
import type { Party } from './parties.ts';

const live = useLiveApi();
const call: typeof live.call = (...args) => live.call(...args);

const clock = `claims-${randomUUID().slice(0, 8)}`;
/** A Monday, three months after the drills were sold. */
const start = '2027-05-31T02:00:00.000Z';
let maker: Party;
let buyer: Party;
let serials = 0;

const { told, open, join, operator } = useParties(live, clock);

/** A drill that was sold to the buyer on 1 March 2027. */
async function soldDrill(to: Party = buyer): Promise<string> {
  serials += 1;
  const serial = `SD18-${serials}`;
  await told('PUT', `/accounts/${maker.id}/units/${serial}`, maker.token, { model: 'SD-18V' });
  const sale = { on: '2027-03-01', customer: to.number };
  await told('POST', `/accounts/${maker.id}/units/${serial}/owners`, maker.token, sale);
  const dates = { model: 'SD-18V', dates: { shipment: '2027-02-01', proofOfPurchase: '2027-03-01' } };
  await told('PUT', `/accounts/${maker.id}/units/${serial}`, maker.token, dates);
  return serial;
}

const formOf = (serial: string, over: object = {}) => ({
  manufacturer: maker.number,
  serial,
  failedOn: '2027-05-30',
  lines: [{ component: 'motor', cause: 'defect' }],
  ...over,
});

async function file(serial: string, over: object = {}, key?: string): Promise<Answered> {
  return await told('POST', `/accounts/${buyer.id}/claims`, buyer.token, formOf(serial, over), key);
}

const seenBy = (party: Party, id: unknown) =>
  call('GET', `/accounts/${party.id}/claims/${String(id)}`, { as: party.token });

const reaches = (id: unknown, state: string) =>
  eventually(
    `the claim in ${state}`,
    async () => (await seenBy(maker, id)).body,
    (claim) => claim['state'] === state,
  );

const act = (party: Party, id: unknown, path: string, body: object = {}, key?: string) =>
  told('POST', `/accounts/${party.id}/claims/${String(id)}/${path}`, party.token, body, key);

beforeAll(async () => {
  await open(start);
  maker = await join('manufacturer', undefined, 'standard');
  buyer = await join('customer');
  const model = {
    name: 'Cordless drill 18 V',
    components: [
      { id: 'motor', partOf: null },
      { id: 'blade', partOf: null },
    ],
  };
  await told('PUT', `/accounts/${maker.id}/models/SD-18V`, maker.token, model);
  await told('PUT', `/accounts/${maker.id}/policies/standard-2026`, maker.token, policyExample);
}, 60_000);

describe('a claim', () => {
  it('is filed once, also by two requests at once, and decided line by line by a person [W2]', async () => {
    const serial = await soldDrill();
    const key = randomUUID();
    const [one, two] = await Promise.all([file(serial, {}, key), file(serial, {}, key)]);
    expect(one['claimId']).toBe(two['claimId']);
    const changed = await call('POST', `/accounts/${buyer.id}/claims`, {
      as: buyer.token,
      key,
      body: formOf(serial, { failedOn: '2027-02-28' }),
    });
    expect([changed.status, changed.body['type']]).toEqual([422, expect.stringContaining('idempotency-key-reused')]);
    const claim = await seenBy(buyer, one['claimId']);
    expect(claim.body).toMatchObject({ manufacturer: maker.number, serial, failedOn: '2027-05-30' });
  });

  it('of a Standard manufacturer never comes to a repair: it is replaced instead [W3]', async () => {
    const { claimId: id } = await file(await soldDrill());
    const claim = await reaches(id, 'choosingOutcome');
    expect(claim).toMatchObject({
      lines: [{ verdict: 'covered', decidedBy: 'rules' }],
      clocks: [{ state: 'running', outcome: 'open' }],
    });
    const decidedBy = 'clerk-7';
    const refused = await call('POST', `/accounts/${maker.id}/claims/${String(id)}/outcome`, {
      as: maker.token,
      body: { outcome: 'repair', decidedBy },
    });
    expect([refused.status, refused.body['field']]).toEqual([400, '/outcome']);
    expect(refused.body['detail']).toContain('replacement or refund');
    await act(maker, id, 'outcome', { outcome: 'replacement', decidedBy });
    await act(maker, id, 'fulfilment', { reference: 'DHL-1' });
    const done = await reaches(id, 'fulfilled');
    expect(done).toMatchObject({ outcome: 'replacement', clocks: [{ state: 'stopped', outcome: 'kept' }] });
    await act(buyer, id, 'acceptance');
    expect((await reaches(id, 'closed'))['closedAt']).not.toBeNull();
  });

  it('waits for the customer with its clock paused, and takes the answer once [W2, W5]', async () => {
    const { claimId: id } = await file(await soldDrill(), { lines: [{ component: null, cause: 'unknown' }] });
    await reaches(id, 'deciding');
    await act(maker, id, 'information-requests', { codes: ['photoOfPlate'] });
    const asked = await reaches(id, 'awaitingInformation');
    expect(asked).toMatchObject({ information: ['photoOfPlate'], clocks: [{ state: 'paused' }] });
    const answer = { facts: [{ lineId: 'l1', component: 'blade', cause: 'wear', usage: {} }], evidence: [] };
    const key = randomUUID();
    const [first, second] = await Promise.all([
      act(buyer, id, 'information', answer, key),
      act(buyer, id, 'information', answer, key),
    ]);
    expect(second['sequence']).toBe(first['sequence']);
    const open = await reaches(id, 'deciding');
    expect(open['lines']).toMatchObject([{ component: 'blade', cause: 'wear' }]);
    const notices = await call('GET', `/accounts/${buyer.id}/notices`, { as: buyer.token });
    expect(notices.text).toContain('informationRequested');
  });

  it('is found to be a duplicate, and signs of fraud are for the manufacturer only [W2]', async () => {
    const serial = await soldDrill();
    const bytes = jpeg(randomUUID());
    const stored = await call('POST', `/accounts/${buyer.id}/evidence`, {
      as: buyer.token,
      bytes,
      headers: { 'content-type': 'image/jpeg' },
    });
    const evidence = [String(stored.body['sha256'])];
    const { claimId: first } = await file(serial, {
      lines: [{ component: null, cause: 'unknown', usage: { hours: 50 } }],
    });
    await reaches(first, 'deciding');
    await act(maker, first, 'information-requests', { codes: ['photoOfPlate'] });
    await act(buyer, first, 'information', { facts: [], evidence });
    const { claimId: id } = await file(serial, { lines: [{ component: null, usage: { hours: 40 } }], evidence });
    const kept = await call('GET', `/accounts/${maker.id}/claims/${String(id)}/evidence/${evidence[0]}`, {
      as: maker.token,
    });
    expect([kept.status, kept.text.endsWith(bytes.subarray(-36).toString())]).toEqual([200, true]);
    const claim = await reaches(id, 'deciding');
    expect(claim).toMatchObject({
      duplicateOf: first,
      signals: ['serialInOpenClaim', 'evidenceReused', 'usageBackwards'],
    });
    expect((await seenBy(buyer, id)).body).toMatchObject({ signals: [], lines: [{ decidedBy: null }] });
    await act(maker, id, 'refusals', { lineId: 'l1', reason: 'duplicate', decidedBy: 'clerk-7' });
    const decided = await reaches(id, 'decided');
    const words = `Decided: it can be accepted or disputed until ${String(decided['nextDueAt'])} [W6]`;
    expect(decided).toMatchObject({ words, nextDueAt: expect.any(String) as unknown });
    const early = { as: maker.token, body: { reference: 'BOC-1' } };
    const { body: refused } = await call('POST', `/accounts/${maker.id}/claims/${String(id)}/fulfilment`, early);
    expect(refused).toMatchObject({
      state: words,
      accepted: ['decision.accepted', 'appeal.filed', 'claim.withdrawn'],
      routes: { 'appeal.filed': 'POST /accounts/{accountId}/claims/{claimId}/appeal' },
    });
    await act(buyer, id, 'appeal', { reason: 'wrongFacts' });
    await reaches(id, 'deciding');
    await act(maker, id, 'refusals', { lineId: 'l1', reason: 'duplicate', decidedBy: 'clerk-8' });
    await act(buyer, id, 'arbitration-request', { reason: 'wrongFacts' });
    await reaches(id, 'arbitrating');
    const listed = await call('GET', '/claims?state=arbitrating', { as: operator() });
    expect(listed.text).toContain(String(id));
    const award = {
      awards: [{ lineId: 'l1', amount: 12_000, currency: 'CNY' }],
      outcome: 'refund',
      decidedBy: 'arbiter-1',
    };
    await told('POST', `/claims/${String(id)}/arbitration`, operator(), award);
    const awarded = await reaches(id, 'carryingOut');
    expect(awarded['decisions']).toMatchObject([
      { round: 'decision', verdict: 'refused' },
      { round: 'appeal', verdict: 'refused' },
      { round: 'arbitration', verdict: 'goodwill', goodwill: 12_000 },
    ]);
  });

  it('is filed by those who may, about what is theirs, or refused with the field [W2, V8]', async () => {
    const serial = await soldDrill();
    const { claimId: id } = await file(serial);
    const stranger = await join('customer');
    const refused = async (as: Party, over: object) => {
      const reply = await call('POST', `/accounts/${as.id}/claims`, { as: as.token, body: formOf(serial, over) });
      return [reply.status, reply.body['field']];
    };
    expect(await refused(stranger, {})).toEqual([404, '/serial']);
    expect(await refused(buyer, { serial: 'SD18-none' })).toEqual([404, '/serial']);
    expect(await refused(buyer, { manufacturer: '99999999' })).toEqual([404, '/manufacturer']);
    expect(await refused(buyer, { failedOn: '2030-01-01' })).toEqual([400, '/failedOn']);
    expect(await refused(buyer, { evidence: ['0'.repeat(64)] })).toEqual([422, '/evidence/0']);
    expect(await refused(buyer, { lines: [{ component: 'wing' }] })).toEqual([400, '/lines/0/component']);
    await reaches(id, 'choosingOutcome');
    await act(maker, id, 'outcome', { outcome: 'refund', decidedBy: 'clerk-7' });
    await act(maker, id, 'fulfilment', { reference: 'BOC-1' });
    await told('PUT', `/accounts/${maker.id}/units/SD18-unsold`, maker.token, { model: 'SD-18V' });
    expect(await refused(maker, { serial: 'SD18-unsold', recovers: id })).toEqual([400, '/manufacturer']);
    const { claimId: open } = await file(await soldDrill(), { lines: [{ component: null }] });
    await reaches(open, 'deciding');
    const says = async (path: string, body: object) => {
      const reply = await call('POST', `/accounts/${maker.id}/claims/${String(open)}/${path}`, {
        as: maker.token,
        body,
      });
      return [reply.status, reply.body['field']];
    };
    const fact = { lineId: 'l1', component: 'moter', cause: 'defect', usage: {} };
    expect(await says('facts', { facts: [fact] })).toEqual([400, '/facts/0/component']);
    expect(await says('facts', { facts: [{ ...fact, lineId: 'l9' }] })).toEqual([400, '/facts/0/lineId']);
    expect(await says('decisions', { lineId: 'l9', decidedBy: 'clerk-7' })).toEqual([400, '/lineId']);
    expect((await seenBy(maker, open)).body['state']).toBe('deciding');
    expect((await seenBy(stranger, id)).status).toBe(404);
    const acted = await call('POST', `/accounts/${stranger.id}/claims/${String(id)}/withdrawal`, {
      as: stranger.token,
      body: {},
    });
    expect(acted.status).toBe(404);
    const wrong = await call('POST', `/accounts/${buyer.id}/claims/${String(id)}/outcome`, {
      as: buyer.token,
      body: { outcome: 'refund', decidedBy: 'me' },
    });
    expect(wrong.status).toBe(403);
  });

  it('says which field is wrong where it is not the state, and the way out where it is [W2, W6]', async () => {
    const says = async (party: Party, id: unknown, path: string, body: object) => {
      const as = party.token;
      const reply = await call('POST', `/accounts/${party.id}/claims/${String(id)}/${path}`, { as, body });
      return [reply.status, reply.body['field'] ?? reply.body['detail']];
    };
    const lines = [
      { component: 'motor', cause: 'defect' },
      { component: 'blade', cause: 'wear' },
    ];
    const { claimId: id } = await file(await soldDrill(), { lines: [...lines, { component: null }] });
    await reaches(id, 'deciding');
    const goodwill = { lineId: 'l2', amount: 60_000, currency: 'CNY', reason: 'loyalty', decidedBy: 'clerk-7' };
    expect(await says(maker, id, 'goodwill', { ...goodwill, lineId: 'l1' })).toEqual([400, '/lineId']);
    expect(await says(maker, id, 'goodwill', { ...goodwill, currency: 'EUR' })).toEqual([400, '/currency']);
    const approval = { lineId: 'l2', amount: 60_000, currency: 'CNY', decidedBy: 'clerk-7' };
    expect(await says(maker, id, 'goodwill-approvals', approval)).toEqual([
      409,
      'No goodwill of this line waits for a second person.',
    ]);
    const key = randomUUID();
    const offered = await act(maker, id, 'goodwill', goodwill, key);
    for (const decidedBy of ['clerk-7', 'Clerk-7'])
      expect(await says(maker, id, 'goodwill-approvals', { ...approval, decidedBy })).toEqual([400, '/decidedBy']);
    expect(await says(maker, id, 'decisions', { lineId: 'l2', decidedBy: 'clerk-7' })).toEqual([
      409,
      expect.stringContaining('approve or decline it first'),
    ]);
    const byHead = { ...approval, decidedBy: 'head-2' };
    const { amount: _, ...without } = byHead;
    expect(await says(maker, id, 'goodwill-approvals', without)).toEqual([400, '/amount']);
    expect(await says(maker, id, 'goodwill-approvals', { ...byHead, currency: 'EUR' })).toEqual([400, '/currency']);
    // Offered anew after the second person looked.
    await act(maker, id, 'goodwill', { ...goodwill, amount: 900_000_000, decidedBy: 'clerk-8' });
    const unseen = await call('POST', `/accounts/${maker.id}/claims/${String(id)}/goodwill-approvals`, {
      as: maker.token,
      body: byHead,
    });
    expect([unseen.status, unseen.body['field']]).toEqual([400, '/amount']);
    expect(unseen.body['detail']).toContain('900000000 CNY');
    await act(maker, id, 'goodwill', goodwill);
    await act(maker, id, 'goodwill-approvals', byHead);
    expect(await says(maker, id, 'outcome', { outcome: 'refund', decidedBy: 'clerk-7' })).toEqual([
      409,
      'Decide all lines first: l1, l3.',
    ]);
    for (const lineId of ['l1', 'l3']) await act(maker, id, 'decisions', { lineId, decidedBy: 'clerk-7' });
    await act(maker, id, 'outcome', { outcome: 'refund', decidedBy: 'clerk-7' });
    expect(await says(buyer, id, 'arbitration-request', { reason: 'wrongFacts' })).toEqual([
      409,
      expect.stringContaining('appeal first'),
    ]);
    await act(buyer, id, 'appeal', { reason: 'wrongFacts' });
    for (const by of ['clerk-7', 'CLERK-7'])
      expect(await says(maker, id, 'decisions', { lineId: 'l1', decidedBy: by })).toEqual([400, '/decidedBy']);
    expect(await says(maker, id, 'decisions', { lineId: 'l2', decidedBy: 'head-2' })).toEqual([400, '/decidedBy']);
    expect(await says(maker, id, 'refusals', { lineId: 'l1', reason: 'fraud', decidedBy: 'clerk-8' })).toEqual([
      400,
      '/lineId',
    ]);
    expect(await says(maker, id, 'goodwill', { ...goodwill, amount: 1, decidedBy: 'clerk-8' })).toEqual([
      400,
      '/amount',
    ]);
    // What was taken before is answered alike, whoever may decide now.
    expect(await act(maker, id, 'goodwill', goodwill, key)).toEqual(offered);
    const decidedBy = 'clerk-8';
    for (const lineId of ['l1', 'l2', 'l3']) await act(maker, id, 'decisions', { lineId, decidedBy });
    await act(maker, id, 'outcome', { outcome: 'refund', decidedBy });
    expect(await says(buyer, id, 'appeal', { reason: 'again' })).toEqual([409, expect.stringContaining('once')]);
    await act(buyer, id, 'arbitration-request', { reason: 'wrongFacts' });
    const award = { awards: [{ lineId: 'l1', amount: 1, currency: 'EUR' }], outcome: 'refund', decidedBy: 'a1' };
    const awarded = await call('POST', `/claims/${String(id)}/arbitration`, { as: operator(), body: award });
    expect([awarded.status, awarded.body['field']]).toEqual([400, '/awards/0/currency']);
  });

  it('that cannot be assessed is decided by a person, and assessed again once it can be [W1, W2]', async () => {
    const serial = await soldDrill();
    const db = createDatabase(live.config.databaseUrl);
    // A warranty of a part that the model has not: nothing that the API would take.
    const part = { id: 'r', component: 'wing', on: '2027-04-01', cover: {}, usage: {}, excludes: [] };
    const repaired = async (replacements: object[]) =>
      await db
        .updateTable('units')
        .set({ replacements: JSON.stringify(replacements) })
        .where('account_id', '=', maker.id)
        .where('serial', '=', serial)
        .execute();
    try {
      await repaired([part]);
      const { claimId: id } = await file(serial);
      const claim = await reaches(id, 'deciding');
      expect(claim).toMatchObject({
        lines: [{ shares: null, reasons: ['notAssessed'] }],
        clocks: [{ state: 'running' }],
      });
      await repaired([]);
      const facts = [{ lineId: 'l1', component: 'motor', cause: 'defect', usage: {} }];
      await act(maker, id, 'facts', { facts });
      expect(await reaches(id, 'choosingOutcome')).toMatchObject({
        lines: [{ verdict: 'covered', decidedBy: 'rules' }],
      });
    } finally {
      await db.destroy();
    }
  });

  it('keeps what the customer wrote in the vault, for its parties [V8]', async () => {
    const description = 'Burnt smell, says Ms Example.';
    const { claimId: id } = await file(await soldDrill(), { description });
    expect((await seenBy(maker, id)).body['description']).toBe(description);
    const forOperator = await call('GET', `/claims/${String(id)}`, { as: operator() });
    expect(forOperator.text).not.toContain('Burnt smell');
  });
});

describe('a file of claims', () => {
  const send = (text: string, query: string, key = randomUUID()) =>
    call('POST', `/accounts/${buyer.id}/claim-files?${query}`, {
      as: buyer.token,
      key,
      bytes: Buffer.from(text),
      headers: { 'content-type': 'text/csv' },
    });

  it('is taken as companies have it, claim by claim, once, with all that is wrong by line and column [W2]', async () => {
    const [one, two] = [await soldDrill(), await soldDrill()];
    const text = [
      'Vorgang;Hersteller;Seriennummer;Ausfall;component;cause;hours',
      `A;${maker.number};${one};30.05.2027;motor;defect;1.200,5`,
      `A;${maker.number};${one};30.05.2027;blade;wear;`,
      `;${maker.number};${two};31.04.2027;motor;defect;`,
      `;${maker.number};SD18-none;30.05.2027;motor;defect;`,
      `B;${maker.number};${two};30.05.2027;wing;defect;`,
      `C;${maker.number};${two};30.05.2027;motor;rust;`,
      `D;x;SD 18;30.05.2027;motor;rust;abc`,
      `E;${maker.number};${two};30.05.2027;wing;defect;`,
      `E;${maker.number};${two};30.05.2027;horn;defect;`,
      `F;${maker.number};${two};30.05.2027;"mo\ntor";defect;`,
      `G;${maker.number};${two};30.05.2027;motor;rust;`,
      `H;${maker.number};SD18-none;31.12.2099;motor;defect;abc`,
      `I;${maker.number};${two};30.05.2027;wing;rust;`,
      `J;x;${two};30.5.27;motor;defect;`,
      `J;${maker.number};${two};30.05.2027;horn;rust;`,
      `K;${maker.number};${two};30.05.2027;motor;defect;1;200`,
    ].join('\n');
    const columns = 'claim=Vorgang;manufacturer=Hersteller;serial=Seriennummer;failedOn=Ausfall';
    const query = `days=DD.MM.YYYY&decimals=1.234,5&columns=${encodeURIComponent(columns)}`;
    const key = randomUUID();
    const first = await send(text, query, key);
    expect(first.status, first.text).toBe(200);
    expect(first.body).toMatchObject({
      rows: 16,
      filed: 1,
      unchanged: 0,
      refused: 14,
      claims: [{ line: 2, name: 'A' }],
    });
    expect(first.body['problems']).toMatchObject([
      { line: 4, column: 'Ausfall', problem: 'must be a day written as DD.MM.YYYY' },
      { line: 5, column: 'Seriennummer' },
      { line: 6, column: 'component' },
      { line: 7, column: 'cause' },
      { line: 8, column: 'Seriennummer', problem: 'is no serial number' },
      { line: 8, column: 'Hersteller', problem: 'is no account number' },
      { line: 8, column: 'cause' },
      { line: 8, column: 'hours', problem: 'must be a number written as 1.234,5' },
      { line: 9, column: 'component', problem: 'The model has no such component.' },
      { line: 10, column: 'component', problem: 'The model has no such component.' },
      { line: 11, column: 'component', problem: 'is no name of a component' },
      { line: 13, column: 'cause' },
      // What cannot be read, and beside it what is read and not there.
      { line: 14, column: 'hours' },
      { line: 14, column: 'Seriennummer', problem: 'The manufacturer has no unit of this serial number.' },
      { line: 14, column: 'Ausfall', problem: 'The day has not come yet.' },
      { line: 15, column: 'cause' },
      { line: 15, column: 'component', problem: 'The model has no such component.' },
      { line: 16, column: 'Hersteller', problem: 'is no account number' },
      { line: 16, column: 'Ausfall' },
      { line: 17, column: 'cause' },
      { line: 18, column: 'hours', problem: expect.stringContaining('more cells than the header') as string },
    ]);
    const [again, atOnce] = await Promise.all([send(text, query, key), send(text, query, key)]);
    for (const { body } of [again, atOnce]) {
      expect(body).toMatchObject({ filed: 0, unchanged: 1, claims: first.body['claims'] as [] });
    }
    const [claim] = first.body['claims'] as { claimId: string }[];
    const seen = await reaches(claim!.claimId, 'decided');
    expect(seen['lines']).toMatchObject([
      { component: 'motor', usage: { hours: 1200.5 } },
      { component: 'blade', cause: 'wear' },
    ]);
  });

  it('says where each unit is, if it does [W2, W4]', async () => {
    const drills = [await soldDrill(), await soldDrill(), await soldDrill()] as const;
    const text = [
      'claim,Ort,serial,failedOn,component,cause,manufacturer',
      ...drills.map((serial, n) => `,${['CN-GD', 'Tianjin', ''][n]},${serial},2027-05-30,motor,defect,${maker.number}`),
      `A,CN-GD,${drills[1]},2027-05-30,motor,defect,${maker.number}`,
      `A,CN-TJ,${drills[1]},2027-05-30,blade,wear,${maker.number}`,
    ].join('\n');
    const { body } = await send(text, 'columns=region%3DOrt');
    expect(body).toMatchObject({
      filed: 2,
      refused: 3,
      problems: [
        { line: 3, column: 'Ort', problem: 'is no ISO 3166-2 code' },
        { line: 6, column: 'Ort', problem: 'differs from line 5, which is of the same claim' },
      ],
    });
    const filed = body['claims'] as { claimId: string }[];
    const seen = await Promise.all(filed.map(({ claimId }) => seenBy(buyer, claimId)));
    expect(seen.map(({ body: { region } }) => region)).toEqual(['CN-GD', null]);
  });

  it('that cannot be read is refused as a whole [W2]', async () => {
    const reply = await send('serial,component\nA,motor\n', '');
    expect([reply.status, reply.body['field']]).toEqual([400, 'body']);
    expect(reply.body['detail']).toContain('no column for failedOn');
    const named = await send('serial,failedOn\nA,2027-05-30\n', 'columns=hours%3DStunden');
    expect(named.body['detail']).toContain("no column 'Stunden', which the query names for hours");
    const latin = await send('serial,failedOn,description\nA-1,2027-05-30,L\uFFFDfter\n', '');
    expect([latin.status, latin.body['detail']]).toEqual([400, expect.stringContaining('UTF-8')]);
  });
});

describe('the time that a manufacturer has', () => {
  it('is its own service level, is told when it is near and over, and comes up to the operator [W5]', async () => {
    const years = Object.fromEntries([2027, 2028, 2029].map((year) => [year, { holidays: [], specialDays: {} }]));
    const level = {
      target: 'PT2H',
      reminders: ['PT1H'],
      escalations: ['PT1H'],
      pauses: ['customerInformation', 'suspension'],
      calendar: { name: 'always', version: 1, timeZone: 'UTC', week: { monday: [['00:00', '24:00']] }, years },
    };
    const short = await call('PUT', `/accounts/${maker.id}/service-levels/claimDecision`, {
      as: maker.token,
      body: { ...level, calendar: { ...level.calendar, years: { '2027': years['2027'] } } },
    });
    expect([short.status, short.body['field']]).toEqual([400, '/calendar/years/2028']);
    await told('PUT', `/accounts/${maker.id}/service-levels/claimDecision`, maker.token, level);
    const { claimId: id } = await file(await soldDrill(), { lines: [{ component: null }] });
    await reaches(id, 'deciding');
    await told('POST', `/clocks/${clock}/advance`, operator(), { to: '2027-05-31T23:30:00.000Z' });
    const claim = await eventually(
      'the escalation',
      async () => (await seenBy(maker, id)).body,
      (one) => (one['clocks'] as { reached: unknown[] }[])[0]?.reached.length === 3,
    );
    expect(claim['clocks']).toMatchObject([{ outcome: 'breached', target: 'PT2H', unit: 'milliseconds' }]);
    const escalations = await call('GET', '/escalations', { as: operator() });
    const escalation = (escalations.body as unknown as { claimId: string }[]).find(({ claimId }) => claimId === id);
    expect(escalation).toMatchObject({
      subject: 'claim',
      repairId: null,
      manufacturer: maker.number,
      state: 'deciding',
      words: expect.stringContaining('A person decides') as string,
      kind: 'escalation',
    });
    const notices = await call('GET', `/accounts/${maker.id}/notices`, { as: maker.token });
    expect(notices.text).toMatch(new RegExp(`"claimId":"${String(id)}"[^}]*"threshold":"target"`));
  });
});

describe('a suspension', () => {
  it('holds open claims for every reason, by its own remedy only, and takes nothing new [V1, W7]', async () => {
    const soldBefore = await soldDrill();
    const { claimId: id } = await file(await soldDrill(), { lines: [{ component: null }] });
    await reaches(id, 'deciding');
    const suspensions = `/accounts/${maker.id}/suspensions`;
    const key = randomUUID();
    const [one, again] = await Promise.all([
      told('POST', suspensions, operator(), { reason: 'unpaidInvoice' }, key),
      told('POST', suspensions, operator(), { reason: 'unpaidInvoice' }, key),
    ]);
    expect(again['sequence']).toBe(one['sequence']);
    const twice = await call('POST', suspensions, { as: operator(), body: { reason: 'unpaidInvoice' } });
    expect([twice.status, twice.body['type']]).toEqual([409, expect.stringContaining('event-refused')]);
    await told('POST', suspensions, operator(), { reason: 'authorityOrder' });
    const clockOf = async (state: string) =>
      await eventually(
        `the clock ${state}`,
        async () => (await seenBy(maker, id)).body['clocks'] as { state: string; pausedFor: string[] }[],
        ([first]) => first?.state === state,
      );
    expect((await clockOf('paused'))[0]?.pausedFor).toEqual(['suspension']);
    const form = { body: formOf(soldBefore), as: buyer.token };
    const refused = await call('POST', `/accounts/${buyer.id}/claims`, form);
    expect([refused.status, refused.body['field']]).toEqual([403, '/manufacturer']);
    const acted = await call('POST', `/accounts/${maker.id}/claims/${String(id)}/decisions`, {
      as: maker.token,
      body: { lineId: 'l1', decidedBy: 'clerk-7' },
    });
    expect([acted.status, acted.body['type']]).toEqual([403, expect.stringContaining('not-entitled')]);
    await told('POST', `${suspensions}/unpaidInvoice/lifting`, operator(), {});
    const standing = await call('GET', suspensions, { as: maker.token });
    expect(standing.text).toMatch(/"authorityOrder","since":"[^"]+","liftedAt":null/u);
    expect((await clockOf('paused'))[0]?.pausedFor).toEqual(['suspension']);
    await told('POST', `${suspensions}/authorityOrder/lifting`, operator(), {});
    await clockOf('running');
    await act(maker, id, 'decisions', { lineId: 'l1', decidedBy: 'clerk-7' });
  });
});

describe('the end of a party', () => {
  it('leaves the other its claims without it, and ends what is open [W7]', async () => {
    const leaver = await join('customer');
    const serial = await soldDrill(leaver);
    const filed = await call('POST', `/accounts/${leaver.id}/claims`, {
      as: leaver.token,
      body: formOf(serial, { lines: [{ component: null }], description: 'Private words.' }),
    });
    const { claimId: id } = filed.body;
    await reaches(id, 'deciding');
    await told('POST', `/accounts/${leaver.id}/termination`, leaver.token, {});
    await told('POST', `/clocks/${clock}/advance`, operator(), { to: '2027-07-20T02:00:00.000Z' });
    const gone = () => call('GET', `/accounts/${leaver.id}`, { as: leaver.token });
    await eventually('the erasure', gone, ({ status }) => status === 410);
    const claim = await reaches(id, 'ended');
    expect(claim).toMatchObject({ customer: null, outcome: 'ended', description: null, serial });
  }, 60_000);
});
