/** Many units at once, from a file as companies have it [W1]. */
import { Type, type Static } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Db } from '../../db/database.ts';
import { findUnits, insertUnits, listModels, lockWarranty, type NewUnit, type UnitRow } from '../../db/warranty.ts';
import { dayOf } from '../../machines/calendar.ts';
import { startBases } from '../../machines/warranty/policy.ts';
import { countingOf } from '../../records/coverage-question.ts';
import { contractNow } from '../contract-time.ts';
import { columnsOf, dayForms, RowProblem, UnreadableFile } from '../csv-rows.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { once } from '../idempotency.ts';
import { takeCsv } from '../plugins/csv-bodies.ts';
import { mustBeText } from '../plugins/json-bodies.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustManageWarranty } from '../service-access.ts';
import { readUnits, unitColumns, type UnitColumn, type UnitRowRead } from '../unit-rows.ts';

const FILE_LIMIT = 16 * 1024 * 1024;
/** Rows in one statement. */
const BATCH = 1000;
/** Of so many refused rows it is said what is wrong; the others are counted. */
const NAMED = 1000;

const Query = Type.Object(
  {
    columns: Type.Optional(
      Type.String({
        maxLength: 1000,
        description:
          'Which column of the file is which, where its header says otherwise: `serial=Serial no;model=Type`',
      }),
    ),
    days: Type.Optional(Type.Enum(dayForms, { description: 'How the file writes days; YYYY-MM-DD by default' })),
    dryRun: Type.Optional(Type.Enum(['true', 'false'], { description: 'Only say what would be done' })),
  },
  { additionalProperties: false },
);

const Report = Type.Object(
  {
    rows: Type.Integer({ description: 'Rows below the header' }),
    entered: Type.Integer({ description: 'New units' }),
    unchanged: Type.Integer({ description: 'Units that were there already, as the file has them' }),
    refused: Type.Integer({ description: 'Rows that were not taken' }),
    problems: Type.Array(RowProblem, {
      description: `All that is wrong with the first ${NAMED} rows that were refused`,
    }),
  },
  {
    examples: [
      {
        rows: 3,
        entered: 2,
        unchanged: 0,
        refused: 1,
        problems: [{ line: 3, column: 'shipment', problem: 'must be a day written as YYYY-MM-DD' }],
      },
    ],
  },
);
type Report = Static<typeof Report>;

export const unitImport: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  takeCsv(app, FILE_LIMIT);

  app.post(
    '/accounts/:accountId/units',
    {
      config: { access: 'account', command: true },
      bodyLimit: FILE_LIMIT,
      schema: {
        tags: ['Warranty'],
        summary: 'Enter units from a file',
        description:
          'By the manufacturer. CSV with a header; comma, semicolon or tab; columns `serial`, `model`, `batch`, `shipment`, `receipt`, `installation`, `proofOfPurchase`, `registration` in any order, `serial` and `model` at least. Each row is taken or refused by itself; one that ends early leaves the rest empty. Days are of 1970 or later and have come. The serial number decides what is the same unit, so the same file again changes nothing: repeated under the same key, it is compared with what is there.',
        params: AccountParams,
        querystring: Query,
        consumes: ['text/csv'],
        body: Type.String({ examples: ['serial,model,shipment\nSD18-000123,SD-18V,2026-04-01\n'] }),
        response: { 200: Report, ...errorResponses('body', 'not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustManageWarranty(db, account);
      mustBeText(request.body);
      const { columns, days = 'YYYY-MM-DD', dryRun } = request.query;
      const at = (await contractNow(db, account.clock, now())).toISOString();
      try {
        const today = dayOf(at, (await countingOf(db, account)).timeZone);
        const read = () => readUnits(request.body, columnsOf(unitColumns, columns), days, today);
        let report: Report | undefined;
        await once(db, request, { accountId: account.id, at }, async (trx) => {
          await lockWarranty(trx, account.id);
          report = await enter(trx, account.id, read(), (units) => insertUnits(trx, account.id, units, at));
          if (dryRun === 'true') throw new OnlyAsked(report);
        });
        return report ?? (await enter(db, account.id, read(), () => Promise.resolve(new Set())));
      } catch (error) {
        if (error instanceof OnlyAsked) return error.report;
        if (error instanceof UnreadableFile)
          throw new Problem('invalid-request', { field: 'body', detail: `The file cannot be read: ${error.message}.` });
        throw error;
      }
    },
  );
};

/** Takes everything back: nothing but the report leaves the transaction. */
class OnlyAsked extends Error {
  readonly report: Report;
  constructor(report: Report) {
    super('Only asked what would be done');
    this.report = report;
  }
}

/** @param insert answers the serial numbers that are new; none where the file was entered before by the same command */
async function enter(
  db: Db,
  accountId: string,
  rows: AsyncIterable<UnitRowRead>,
  insert: (units: readonly NewUnit[]) => Promise<ReadonlySet<string>>,
): Promise<Report> {
  const models = new Set((await listModels(db, accountId)).map(({ id }) => id));
  const report: Report = { rows: 0, entered: 0, unchanged: 0, refused: 0, problems: [] };
  const refuse = ({ problems }: UnitRowRead): void => {
    report.refused += 1;
    if (report.refused <= NAMED) report.problems.push(...problems);
  };
  let batch = new Map<string, UnitRowRead>();
  const flush = async (): Promise<void> => {
    const units = [...batch.values()];
    batch = new Map();
    const entered = await insert(units.map(({ unit }) => unit));
    report.entered += entered.size;
    const there = units.filter(({ unit }) => !entered.has(unit.serial));
    const known = new Map(
      (
        await findUnits(
          db,
          accountId,
          there.map(({ unit }) => unit.serial),
        )
      ).map((one) => [one.serial, one]),
    );
    for (const row of there) {
      const unit = known.get(row.unit.serial);
      if (!unit) row.wrong('serial', 'was not taken when this command came first: send it under another key');
      else
        for (const column of differencesOf(row.unit, unit))
          row.wrong(column, 'differs from the unit that is there under this serial number');
      if (row.problems.length > 0) refuse(row);
      else report.unchanged += 1;
    }
  };
  for await (const row of rows) {
    report.rows += 1;
    const { unit } = row;
    if (!models.has(unit.modelId)) row.wrong('model', 'is no model that was described');
    if (row.problems.length > 0) refuse(row);
    else {
      if (batch.has(unit.serial)) await flush();
      batch.set(unit.serial, row);
      if (batch.size >= BATCH) await flush();
    }
  }
  await flush();
  report.problems.sort((a, b) => a.line - b.line);
  return report;
}

function differencesOf(unit: NewUnit, known: UnitRow): UnitColumn[] {
  return [
    ...(known.model_id === unit.modelId ? [] : ['model' as const]),
    ...(known.batch === unit.batch ? [] : ['batch' as const]),
    ...startBases.filter((basis) => unit.dates[basis] !== undefined && known.dates[basis] !== unit.dates[basis]),
  ];
}
