/** Data analysis over HTTP: figures that can be worked out by hand, from facts as claims and repairs leave them [D1]. */
import { beforeEach, describe, expect, it } from 'vitest';
import { insertClaimFacts, insertRepairFacts, type ClaimFact, type RepairFact } from '../../db/analysis.ts';
import { deleteRowsOfAccount } from '../../db/erasures.ts';
import { insertUnits, putModel, setUnitDates } from '../../db/warranty.ts';
import { register, registrationBody, storeContract, useApi } from './fixture.ts';

// 1 May 2026 in Shanghai.
const api = useApi();
type Party = { id: string; token: string };
let maker: Party;

const inService = { tags: ['exportable', 'readable', 'service'] };
const components = [
  { id: 'motor', partOf: null },
  { id: 'blade', partOf: null },
];

async function manufacturer(edition = 'enterprise'): Promise<Party> {
  const party = await register(api, { ...registrationBody, edition });
  await storeContract(api, party.id, inService);
  return party;
}

beforeEach(async () => {
  maker = await manufacturer();
});

interface Row {
  readonly group: Record<string, unknown>;
  readonly values: Record<string, unknown> | null;
  readonly compared: Record<string, unknown> | null;
}

async function ask(path: string, query = '', party = maker): Promise<Row[]> {
  const reply = await api.call('GET', `/accounts/${party.id}/analysis/${path}?${query}`, { as: party.token });
  expect(reply.status, reply.text).toBe(200);
  return reply.body['rows'] as Row[];
}

const raw = (path: string, headers: Record<string, string> = {}, party = maker) =>
  api.call('GET', `/accounts/${party.id}/analysis/${path}`, { as: party.token, headers });

interface Made {
  readonly prefix: string;
  readonly count: number;
  readonly model: string;
  readonly batch?: string;
  readonly from?: string;
}

async function make(...those: Made[]): Promise<void> {
  const at = '2026-01-01T00:00:00.000Z';
  await api.db.transaction().execute(async (trx) => {
    for (const { prefix, count, model, batch = null, from } of those) {
      await putModel(trx, { accountId: maker.id, id: model, name: model, components, at });
      await insertUnits(
        trx,
        maker.id,
        Array.from({ length: count }, (_, n) => ({
          serial: `${prefix}${n}`,
          modelId: model,
          batch,
          dates: datesOf(from),
        })),
        at,
      );
    }
  });
}

/** The day of purchase counts, and not that of the shipment before it. */
function datesOf(from: string | undefined): Record<string, string> {
  return from === undefined ? {} : { shipment: '2020-01-01', proofOfPurchase: from };
}

/** 100 of A from 1 January, 100 from 1 March in another batch, 50 of B, and 5 of B of which no day is known. */
const fleet: Made[] = [
  { prefix: 'A', count: 100, model: 'A', batch: 'W1', from: '2026-01-01' },
  { prefix: 'C', count: 100, model: 'A', batch: 'W2', from: '2026-03-01' },
  { prefix: 'B', count: 50, model: 'B', from: '2026-01-01' },
  { prefix: 'X', count: 5, model: 'B' },
];

const claim = (claimId: string, serial: string, failedOn: string, changes: Partial<ClaimFact> = {}): ClaimFact => ({
  accountId: maker.id,
  claimId,
  lineId: '1',
  serial,
  component: 'motor',
  failedOn,
  openedAt: `${failedOn}T10:00:00.000Z`,
  decidedAt: `${failedOn}T12:00:00.000Z`,
  decidedOn: failedOn,
  cause: 'defect',
  outcome: 'repair',
  verdict: 'covered',
  paid: 1000,
  currency: 'CNY',
  levelKept: true,
  repeatOf: null,
  ...changes,
});

const repair = (
  repairId: string,
  serial: string,
  finishedOn: string,
  changes: Partial<RepairFact> = {},
): RepairFact => ({
  accountId: maker.id,
  repairId,
  claimId: null,
  serial,
  component: 'motor',
  authorisedAt: `${finishedOn}T00:00:00.000Z`,
  receivedAt: `${finishedOn}T02:00:00.000Z`,
  finishedAt: `${finishedOn}T12:00:00.000Z`,
  finishedOn,
  failedTests: 0,
  outcome: 'repaired',
  cost: { parts: 300, labour: 200, shipping: 100 },
  charged: 0,
  currency: 'CNY',
  levelKept: true,
  parts: [{ part: 'P-1', quantity: 1 }],
  ...changes,
});

const claimed = (...facts: ClaimFact[]) => api.db.transaction().execute((trx) => insertClaimFacts(trx, facts));
const repaired = (...facts: RepairFact[]) => api.db.transaction().execute((trx) => insertRepairFacts(trx, facts));

describe('data analysis', () => {
  it('is refused without the edition Enterprise, saying which includes it [E2, D1]', async () => {
    const professional = await manufacturer('professional');
    const { status, body } = await raw('failure-rates', {}, professional);
    expect([status, body['type']]).toEqual([403, '/problems/not-entitled']);
    expect(body['detail']).toContain('Enterprise');
    const { edition: _, ...rest } = registrationBody;
    const customer = await register(api, { ...rest, role: 'customer' });
    await storeContract(api, customer.id, inService);
    expect((await raw('life', {}, customer)).body).toMatchObject({ status: 403, type: '/problems/not-entitled' });
    await storeContract(api, maker.id, { words: 'Overdue', tags: ['exportable', 'readable'] });
    expect((await raw('costs')).body).toMatchObject({ status: 403, state: 'Overdue' });
  });

  it('shows an account nothing of another’s', async () => {
    await make(...fleet);
    await claimed(claim('c1', 'A1', '2026-02-10'));
    const other = await manufacturer();
    expect((await raw('failure-rates', {}, { id: maker.id, token: other.token })).status).toBe(404);
    expect(await ask('failure-rates', '', other)).toMatchObject([{ values: { units: 0, failures: 0 } }]);
    expect(await ask('failure-rates', 'groupBy=model', other)).toEqual([]);
    for (const path of ['turnaround', 'repairs', 'costs', 'service-levels', 'parts-forecast'])
      expect(await ask(path, '', other), path).toEqual([]);
  });

  it('names the parameter of a question that cannot be answered', async () => {
    for (const [path, field] of [
      ['failure-rates?groupBy=colour', 'groupBy'],
      ['life?groupBy=age', 'groupBy'],
      ['life?component=motor,blade', 'groupBy'],
      ['costs?from=2026-03-02&to=2026-03-01', 'from'],
      ['costs?to=2026-05-02', 'to'],
      ['costs?from=2026-01-01&compareFrom=2025-01-01', 'compareTo'],
      ['costs?compareFrom=2025-01-01&compareTo=2025-12-31', 'from'],
      ['costs?from=2026-01-01&compareFrom=2025-01-01&compareTo=2026-01-01', 'compareTo'],
      ['costs?groupBy=month&from=2026-01-01&compareFrom=2025-01-01&compareTo=2025-02-01', 'groupBy'],
      ['repairs?withinDays=9999', 'withinDays'],
      ['parts-forecast?months=25', 'months'],
      ['parts-forecast?compareFrom=2025-01-01', 'compareFrom'],
      ['turnaround?from=yesterday', 'from'],
      ['turnaround?model=A%3BB', 'model'],
    ] as const) {
      const { status, body } = await raw(path);
      expect([status, body['field']], path).toEqual([400, field]);
    }
  });
});

describe('failure rates', () => {
  const failures = () => [
    // Ten of the first batch in February, two of them again in April.
    ...Array.from({ length: 10 }, (_, n) => claim(`a${n}`, `A${n}`, '2026-02-10')),
    claim('again0', 'A0', '2026-04-10'),
    claim('again1', 'A1', '2026-04-10', { component: 'blade' }),
    claim('b', 'B0', '2026-01-01'),
    // Not the product's: somebody dropped it.
    claim('dropped', 'A50', '2026-02-11', { cause: 'accident' }),
    // Of a unit of which nobody knows since when it is in use.
    claim('unknown', 'X0', '2026-02-11'),
  ];

  it('are failures over the unit-years of the units in use, with bounds [D1]', async () => {
    await make(...fleet);
    await claimed(...failures());
    // 1 January to 1 May are 121 days, from 1 March 62.
    const rows = await ask('failure-rates', 'groupBy=model,batch');
    expect(rows.map(({ group }) => group)).toEqual([
      { model: 'A', batch: 'W1' },
      { model: 'A', batch: 'W2' },
      { model: 'B', batch: null },
    ]);
    expect(rows.map(({ values }) => values)).toMatchObject([
      { units: 100, unitYears: 33.128, failures: 12, firstFailures: { units: 10, of: 100, share: { value: 0.1 } } },
      { units: 100, unitYears: 16.9747, failures: 0, rate: { value: 0, low: 0 } },
      { units: 50, unitYears: 16.564, failures: 1 },
    ]);
    // 12 / 33.128; Garwood for 12: 6.200575 and 20.961585.
    expect(rows[0]!.values!['rate']).toEqual({ value: 0.362231, low: 0.18717, high: 0.632745 });
    const { body } = await raw('failure-rates');
    expect(body).toMatchObject({
      period: { from: null, to: '2026-05-01' },
      confidence: 0.95,
      notCounted: { units: 5, failures: 1 },
    });
    expect(body['rows']).toMatchObject([{ group: {}, values: { units: 250, failures: 13 } }]);
  });

  it('are by component, age and month, of the part that is asked for [D1]', async () => {
    await make(...fleet);
    await claimed(...failures());
    const counted = async (query: string) =>
      (await ask('failure-rates', query)).map(({ group, values }) => [...Object.values(group), values!['failures']]);
    expect(await counted('groupBy=component')).toEqual([
      ['blade', 1],
      ['motor', 12],
    ]);
    // 40 days are one full month, 99 are three.
    expect(await counted('groupBy=age&model=A')).toEqual([
      [0, 0],
      [1, 10],
      [2, 0],
      [3, 2],
    ]);
    expect(await counted('groupBy=month&batch=W1&component=motor')).toEqual([
      ['2026-01', 0],
      ['2026-02', 10],
      ['2026-03', 0],
      ['2026-04', 1],
      ['2026-05', 0],
    ]);
    expect(await counted('from=2026-04-10&to=2026-04-10')).toEqual([[2]]);
    expect(await counted('from=2026-04-11')).toEqual([[0]]);
  });

  it('stand beside those of an earlier period', async () => {
    await make(...fleet);
    await claimed(...failures());
    const query = 'groupBy=batch&from=2026-04-01&to=2026-04-30&compareFrom=2026-02-01&compareTo=2026-02-28';
    expect(await ask('failure-rates', query)).toMatchObject([
      { group: { batch: null }, values: { failures: 0 }, compared: { failures: 0 } },
      // Of those that had not failed before.
      {
        group: { batch: 'W1' },
        values: { failures: 2, firstFailures: { units: 0, of: 90 } },
        compared: { failures: 10 },
      },
      // In February it was not sold yet.
      { group: { batch: 'W2' }, values: { failures: 0, units: 100 }, compared: null },
    ]);
  });

  it('leave out what is refused as a duplicate or a fraud, until an appeal grants it [D1, W2]', async () => {
    await make(...fleet);
    const refused = claim('again', 'A0', '2026-02-09', { verdict: 'refused', outcome: 'rejection', paid: 0 });
    await claimed(refused);
    await claimed(claim('c', 'A0', '2026-02-10'));
    const firsts = async () =>
      await api.db
        .selectFrom('claim_facts')
        .select(['claim_id', 'first_of_unit', 'first_of_component'])
        .where('account_id', '=', maker.id)
        .where('is_failure', '=', true)
        .orderBy('claim_id')
        .execute();
    const [first, later] = [
      { first_of_unit: true, first_of_component: true },
      { first_of_unit: false, first_of_component: false },
    ];
    expect(await firsts()).toEqual([{ claim_id: 'c', ...first }]);
    expect(await ask('failure-rates', 'model=A')).toMatchObject([{ values: { failures: 1 } }]);
    await claimed({ ...refused, verdict: 'covered', decidedAt: '2026-03-01T00:00:00.000Z', decidedOn: '2026-03-01' });
    expect(await firsts()).toEqual([
      { claim_id: 'again', ...first },
      { claim_id: 'c', ...later },
    ]);
    expect(await ask('failure-rates', 'model=A')).toMatchObject([{ values: { failures: 2 } }]);
  });

  it('follow a correction of the unit’s days, and a repair that finds no fault', async () => {
    await make(...fleet);
    await claimed(claim('c', 'A0', '2026-02-10'), claim('d', 'A1', '2026-02-10'));
    await api.db.transaction().execute((trx) => setUnitDates(trx, maker.id, 'A0', { installation: '2026-02-01' }));
    const byAge = async () =>
      (await ask('failure-rates', 'groupBy=age&batch=W1')).map(({ values }) => [values!['units'], values!['failures']]);
    expect(await byAge()).toEqual([
      [100, 1],
      [100, 1],
      [100, 0],
      [99, 0],
    ]);
    await repaired(repair('r', 'A0', '2026-02-20', { claimId: 'c', outcome: 'noFaultFound', parts: [] }));
    expect(await byAge()).toEqual([
      [100, 0],
      [100, 1],
      [100, 0],
      [99, 0],
    ]);
  });
});

describe('the time to failure', () => {
  it('is a Weibull distribution fitted to failed units and to those that have not failed [D1]', async () => {
    // NIST/SEMATECH e-Handbook 8.4.1.2, in days: 500 days before 1 May 2026 is 17 December 2024.
    await make({ prefix: 'N', count: 20, model: 'N', from: '2024-12-17' });
    const ages = [54, 187, 216, 240, 244, 335, 361, 373, 375, 386];
    const failedAfter = (days: number) => new Date(Date.UTC(2024, 11, 17 + days)).toISOString().slice(0, 10);
    await claimed(...ages.map((age, n) => claim(`n${n}`, `N${n}`, failedAfter(age))));
    const [row] = await ask('life', 'groupBy=model');
    expect(row).toMatchObject({ group: { model: 'N' }, values: { units: 20, failed: 10, refused: null } });
    // Half a day later for each failure, a day for the others: SciPy gives these.
    const fit = row!.values!['fit'] as Record<string, { value: number; low: number; high: number }>;
    expect(fit['shape']!.value).toBeCloseTo(1.72243, 5);
    expect(fit['scaleDays']!.value).toBeCloseTo(607.494, 3);
    expect(fit['b10Days']!.value).toBeCloseTo(164.487, 3);
    expect([fit['b10Days']!.low, fit['b10Days']!.high]).toEqual([84.1698, 321.446]);
    // A unit that fails again has lived only once.
    await claimed(claim('second', 'N0', '2026-04-01'));
    expect(await ask('life', 'groupBy=model')).toEqual([row]);
    expect(await ask('life', 'groupBy=month')).toMatchObject([{ group: { month: '2024-12' }, values: { units: 20 } }]);
    expect(await ask('life', 'from=2025-01-01')).toMatchObject([
      { values: { units: 0, fit: null, refused: 'tooFewFailures' } },
    ]);
  });
});

describe('repairs', () => {
  const finished = () => [
    // 10 hours each, but one of 34.
    ...Array.from({ length: 9 }, (_, n) => repair(`r${n}`, `A${n}`, '2026-01-20')),
    repair('slow', 'A9', '2026-01-20', {
      receivedAt: '2026-01-19T02:00:00.000Z',
      authorisedAt: '2026-01-19T00:00:00.000Z',
      failedTests: 2,
      levelKept: false,
      cost: { parts: 3000, labour: 0, shipping: 0 },
      charged: 100,
    }),
    // A0 came again after 31 days, and A1 after 60.
    repair('again0', 'A0', '2026-02-21', { authorisedAt: '2026-02-20T12:00:00.000Z', levelKept: null }),
    // Of B, not repaired.
    repair('b', 'B0', '2026-03-01', { outcome: 'beyondRepair', receivedAt: null, parts: [], currency: 'EUR' }),
  ];

  it('have a median and a 90 % turnaround, from receipt to the end [D1]', async () => {
    await make(...fleet);
    await repaired(...finished());
    expect(await ask('turnaround', 'groupBy=model')).toEqual([
      { group: { model: 'A' }, values: { repairs: 11, medianHours: 10, p90Hours: 10 }, compared: null },
    ]);
    expect(await ask('turnaround', 'groupBy=month&to=2026-01-31')).toMatchObject([
      { group: { month: '2026-01' }, values: { repairs: 10, p90Hours: 10 } },
    ]);
    expect(await ask('turnaround', 'from=2026-02-01')).toMatchObject([{ values: { repairs: 1, medianHours: 10 } }]);
  });

  it('are fixed the first time without a failed test and without coming again in the term [D1]', async () => {
    await make(...fleet);
    await repaired(...finished());
    await claimed(claim('later', 'A1', '2026-03-22'));
    // Judged: all ten of January, and that of February within 69 days until 1 May, but not within 70.
    const figures = async (withinDays: number) => {
      const [row] = await ask('repairs', `withinDays=${withinDays}`);
      const { judged, firstTimeFix, repeats } = row!.values as Record<string, { repairs: number }>;
      return [judged, firstTimeFix!.repairs, repeats!.repairs];
    };
    expect(await figures(30)).toEqual([11, 10, 0]);
    expect(await figures(31)).toEqual([11, 9, 1]);
    expect(await figures(59)).toEqual([11, 9, 1]);
    expect(await figures(60)).toEqual([11, 8, 2]);
    expect(await figures(69)).toEqual([11, 8, 2]);
    expect(await figures(70)).toEqual([10, 7, 2]);
    const [row] = await ask('repairs', 'model=B');
    expect(row!.values).toMatchObject({ repairs: 1, judged: 0, firstTimeFix: { repairs: 0, share: null } });
  });

  it('cost so much each, and for each unit in use, by currency [D1]', async () => {
    await make(...fleet);
    await repaired(...finished());
    await claimed(claim('c', 'A0', '2026-01-10', { paid: 900 }));
    expect(await ask('costs', 'groupBy=model')).toMatchObject([
      {
        group: { model: 'A', currency: 'CNY' },
        values: {
          repairs: 11,
          parts: 6000,
          labour: 2000,
          shipping: 1000,
          total: 9000,
          charged: 100,
          perRepair: 818.182,
          units: 200,
          perUnit: 45,
          perUnitYear: 179.631,
          lines: 1,
          paid: 900,
        },
      },
      { group: { model: 'B', currency: 'EUR' }, values: { repairs: 1, total: 600, units: 50, perUnit: 12 } },
    ]);
  });

  it('and decisions keep their service levels, or not [D1, W5]', async () => {
    await make(...fleet);
    await repaired(...finished());
    await claimed(
      claim('c', 'A0', '2026-01-10'),
      claim('late', 'A1', '2026-01-10', { levelKept: false }),
      claim('free', 'A2', '2026-01-10', { levelKept: null }),
    );
    expect(await ask('service-levels', 'model=A')).toMatchObject([
      {
        values: {
          decisions: { counted: 2, kept: 1, share: { value: 0.5 } },
          repairs: { counted: 10, kept: 9, share: { value: 0.9 } },
        },
      },
    ]);
  });

  it('tell which parts will be needed [D1]', async () => {
    await make(...fleet);
    await claimed(claim('c', 'A0', '2026-01-10'), claim('d', 'A1', '2026-01-10'));
    await repaired(repair('r', 'A0', '2026-01-20', { claimId: 'c', parts: [{ part: 'P-1', quantity: 1 }] }));
    // 2 failures in 100 × 121 + 100 × 62 unit-days; 200 units for 30 days of May and 30 of June; half a part for each failure.
    const expected = (2 / 18300) * 200 * 60 * 0.5;
    const [row, ...more] = await ask('parts-forecast', 'months=1');
    expect([row!.group, row!.values!['basis'], more]).toEqual([{ part: 'P-1' }, 'rate', []]);
    expect(row!.values!['expected']).toMatchObject({ value: Number(expected.toPrecision(6)) });
    const months = await ask('parts-forecast', 'months=1&groupBy=month,model');
    expect(months.map(({ group }) => group)).toEqual([
      { part: 'P-1', model: 'A', month: '2026-05' },
      { part: 'P-1', model: 'A', month: '2026-06' },
    ]);
  });
});

describe('facts', () => {
  it('are kept once, also at the same time, and the later decision of a line holds', async () => {
    await make(...fleet);
    const first = claim('c', 'A0', '2026-02-10');
    const second = { ...first, paid: 500, decidedAt: '2026-03-01T00:00:00.000Z', decidedOn: '2026-03-01' };
    const parts = [
      { part: 'P-1', quantity: 1 },
      { part: 'P-1', quantity: 2 },
    ];
    const mended = repair('r', 'A0', '2026-02-20', { claimId: 'c', parts });
    await Promise.all([claimed(first), claimed(second, first), claimed(second), repaired(mended), repaired(mended)]);
    await claimed(first);
    await repaired(mended);
    const rows = await api.db.selectFrom('claim_facts').selectAll().where('account_id', '=', maker.id).execute();
    expect(rows).toMatchObject([
      {
        paid: 500,
        decided_on: '2026-03-01',
        age_days: 40,
        is_failure: true,
        first_of_unit: true,
        model_id: 'A',
        batch: 'W1',
      },
    ]);
    const used = await api.db.selectFrom('part_facts').selectAll().where('account_id', '=', maker.id).execute();
    expect(used).toMatchObject([{ repair_id: 'r', part: 'P-1', quantity: 3, used_on: '2026-02-20', batch: 'W1' }]);
  });

  it('of a unit know which was its first, in whatever order they come', async () => {
    await make(...fleet);
    await claimed(claim('late', 'A0', '2026-03-01'));
    await claimed(claim('early', 'A0', '2026-02-01'), claim('blade', 'A0', '2026-02-15', { component: 'blade' }));
    const rows = await api.db
      .selectFrom('claim_facts')
      .select(['claim_id', 'first_of_unit', 'first_of_component'])
      .where('account_id', '=', maker.id)
      .orderBy('failed_on')
      .execute();
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['early', true, true],
      ['blade', false, true],
      ['late', false, false],
    ]);
  });

  it('cannot be of a unit that is not there', async () => {
    await expect(claimed(claim('c', 'NONE', '2026-02-10'))).rejects.toThrow('which is not there');
  });

  it('are the account’s own: in its export, and gone with it', async () => {
    await make(...fleet);
    await claimed(claim('c', 'A0', '2026-02-10'));
    await repaired(repair('r', 'A0', '2026-02-20'));
    const { body } = await api.call('GET', `/accounts/${maker.id}/export`, { as: maker.token });
    expect(body['sections']).toMatchObject({
      claimFacts: [{ claim_id: 'c', serial: 'A0' }],
      repairFacts: [{ repair_id: 'r' }],
      partFacts: [{ part: 'P-1' }],
    });
    await api.db.transaction().execute((trx) => deleteRowsOfAccount(trx, maker.id, null));
    for (const table of ['claim_facts', 'repair_facts', 'part_facts', 'part_counts', 'unit_cohorts'] as const) {
      const left = await api.db.selectFrom(table).selectAll().where('account_id', '=', maker.id).execute();
      expect(left, table).toEqual([]);
    }
  });

  it('count each part once in the month of its use, whoever counts the same at the same moment', async () => {
    await make(...fleet);
    const parts = ['P-1', 'P-2', 'P-3'].map((part, index) => ({ part, quantity: index + 1 }));
    const of = (n: number, day: string) => repair(`r${n}`, `A${n}`, day, { parts: n % 2 ? parts : parts.toReversed() });
    const pairs = Array.from({ length: 10 }, (_, n) => [of(2 * n, '2026-02-28'), of(2 * n + 1, '2026-03-01')] as const);
    await Promise.all(pairs.map(async (pair, n) => await repaired(...(n % 2 ? pair : pair.toReversed()))));
    await Promise.all(pairs.map(async ([a, b]) => await repaired(b, a)));
    const counts = await api.db
      .selectFrom('part_counts')
      .innerJoin('fact_names', 'number', 'part_number')
      .select(['month', 'name', 'quantity'])
      .where('part_counts.account_id', '=', maker.id)
      .orderBy('month')
      .orderBy('name')
      .execute();
    expect(counts.map((row) => Object.values(row))).toEqual(
      ['2026-02-01', '2026-03-01'].flatMap((month) => [
        [month, 'P-1', 10],
        [month, 'P-2', 20],
        [month, 'P-3', 30],
      ]),
    );
  });

  it('count each unit once, whoever enters it and however often', async () => {
    await make(...fleet);
    const cohorts = async () =>
      (
        await api.db
          .selectFrom('unit_cohorts')
          .select(['batch', 'in_use_from', 'units'])
          .where('account_id', '=', maker.id)
          .where('units', '>', 0)
          .orderBy('batch')
          .orderBy('in_use_from')
          .execute()
      ).map((row) => Object.values(row));
    await make(...fleet);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        api.db
          .transaction()
          .execute((trx) => setUnitDates(trx, maker.id, `A${n}`, n < 19 ? { receipt: '2026-01-05' } : {})),
      ),
    );
    expect(await cohorts()).toEqual([
      ['W1', '2026-01-01', 80],
      ['W1', '2026-01-05', 19],
      ['W1', null, 1],
      ['W2', '2026-03-01', 100],
      [null, '2026-01-01', 50],
      [null, null, 5],
    ]);
  });
});

describe('as CSV', () => {
  it('figures are a table with a header, by Accept or by format', async () => {
    await make(...fleet);
    await claimed(claim('c', 'B0', '2026-02-10', { levelKept: false }));
    const path = 'service-levels?groupBy=model,batch,month';
    const { status, headers, text } = await raw(path, { accept: 'text/csv' });
    expect([status, headers['content-type'], headers['content-disposition']]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      'attachment; filename="service-levels.csv"',
    ]);
    const names = ['counted', 'kept', 'share.value', 'share.low', 'share.high'];
    expect(text.split('\r\n')).toEqual([
      [
        'model',
        'batch',
        'month',
        ...names.map((name) => `decisions.${name}`),
        ...names.map((name) => `repairs.${name}`),
      ].join(','),
      'B,,2026-02,1,0,0,0,0.975,0,0,,,',
      '',
    ]);
    expect((await raw(`${path}&format=csv`)).text).toBe(text);
    expect((await raw(`${path}&format=json`, { accept: 'text/csv' })).headers['content-type']).toContain('json');
    expect((await raw(path, { accept: 'image/png' })).body).toMatchObject({ status: 406, field: 'Accept' });
    const earlier = 'costs?from=2026-02-01&compareFrom=2026-01-01&compareTo=2026-01-31&format=csv';
    expect((await raw(earlier)).text.split('\r\n')[0]).toMatch(
      /^currency,repairs,.*,compared\.repairs,.*,compared\.paid$/,
    );
  });

  it('what a spreadsheet would take for a formula is text', async () => {
    await make(...fleet);
    await claimed(claim('c', 'A0', '2026-02-10'));
    await repaired(repair('r', 'A0', '2026-02-20', { parts: [{ part: '=HYPERLINK("x"),1', quantity: 1 }] }));
    const { text } = await raw('parts-forecast?format=csv');
    expect(text.split('\r\n')[1]).toMatch(/^"'=HYPERLINK\(""x""\),1",/);
  });
});

describe('as a page', () => {
  it('figures are drawn with their bounds, above the table that has them all, without script [D1]', async () => {
    await make(...fleet);
    await claimed(claim('c', 'A0', '2026-02-10'));
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const { headers, text } = await raw('failure-rates?groupBy=model,batch', { accept: browser });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text.match(/<rect /g)).toHaveLength(3);
    expect(text.match(/<tr>/g)).toHaveLength(4);
    expect(text).toContain('A · W1');
    expect(text).not.toContain('<script');
    expect((await raw('life?format=html')).text).toContain('There is nothing to draw.');
  });

  it('nothing in it becomes markup', async () => {
    await make(...fleet);
    await claimed(claim('c', 'A0', '2026-02-10'));
    await repaired(repair('r', 'A0', '2026-02-20', { parts: [{ part: '<script>alert(1)</script>', quantity: 1 }] }));
    const { text } = await raw('parts-forecast?format=html');
    expect(text).not.toContain('<script');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});
