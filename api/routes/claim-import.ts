/** Many claims at once, from a file as companies have it [W2]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findClaim } from '../../db/claims.ts';
import { ClaimId } from '../claim-fields.ts';
import { fileClaim } from '../claim-intake.ts';
import { claimColumns, readClaims } from '../claim-rows.ts';
import { columnsOf, dayForms, decimalForms, UnreadableFile, type RowProblem } from '../csv-rows.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { commandId, uuidFrom } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { mustBeText } from '../plugins/json-bodies.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustBeEntitled } from '../service-access.ts';

const FILE_LIMIT = 4 * 1024 * 1024;
/** Claims of one file: each starts a contract of its own. */
const CLAIMS = 2000;

const Query = Type.Object(
  {
    columns: Type.Optional(
      Type.String({
        maxLength: 1000,
        description: 'Which column of the file is which: `serial=Serial no;failedOn=Failure date`',
      }),
    ),
    days: Type.Optional(Type.Enum(dayForms, { description: 'How the file writes days; YYYY-MM-DD by default' })),
    decimals: Type.Optional(
      Type.Enum(decimalForms, { description: 'How the file writes decimals, by an example; 1234.5 by default' }),
    ),
  },
  { additionalProperties: false },
);

const Report = Type.Object(
  {
    rows: Type.Integer({ description: 'Rows below the header' }),
    filed: Type.Integer({ description: 'New claims' }),
    unchanged: Type.Integer({ description: 'Claims that this command filed before' }),
    refused: Type.Integer({ description: 'Rows for which nothing was filed; of a claim that was refused, its first' }),
    claims: Type.Array(Type.Object({ row: Type.Integer(), name: Type.String(), claimId: ClaimId })),
    problems: Type.Array(
      Type.Object({
        row: Type.Integer({ description: 'As a spreadsheet counts: the header is row 1' }),
        field: Type.String(),
        problem: Type.String(),
      }),
    ),
  },
  {
    examples: [
      {
        rows: 2,
        filed: 1,
        unchanged: 0,
        refused: 1,
        claims: [{ row: 2, name: 'K-1', claimId: '5f0c1c1e-5a1b-8c3d-9e4f-0123456789ab' }],
        problems: [{ row: 3, field: 'failedOn', problem: 'must be a day written as YYYY-MM-DD' }],
      },
    ],
  },
);

export const claimImport: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  app.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: FILE_LIMIT }, (_request, body, done) => {
    done(null, body);
  });

  app.post(
    '/accounts/:accountId/claim-files',
    {
      config: { access: 'account', command: true },
      bodyLimit: FILE_LIMIT,
      schema: {
        tags: ['Claims'],
        summary: 'File claims from a file',
        description: `By a customer or a manufacturer. CSV with a header; comma, semicolon or tab; columns \`claim\`, \`manufacturer\`, \`serial\`, \`failedOn\`, \`region\`, \`component\`, \`cause\`, \`hours\`, \`cycles\`, \`km\`, \`description\` in any order, \`serial\` and \`failedOn\` at least. Rows of the same \`claim\` are its lines. Each claim is filed or refused by itself; the same command again goes on where it was and files nothing twice. At most ${CLAIMS} claims.`,
        params: AccountParams,
        querystring: Query,
        consumes: ['text/csv'],
        body: Type.String({ examples: ['serial,failedOn,component,cause\nSD18-000123,2027-06-01,motor,defect\n'] }),
        response: { 200: Report, ...errorResponses('body', 'not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustBeEntitled(deps.db, account, 'warrantyManagement');
      mustBeText(request.body);
      const { columns, days = 'YYYY-MM-DD', decimals = '1234.5' } = request.query;
      const file = await readable(() => readClaims(request.body, columnsOf(claimColumns, columns), { days, decimals }));
      if (file.claims.length > CLAIMS)
        throw new Problem('invalid-request', { field: 'body', detail: `At most ${CLAIMS} claims: split the file.` });
      const command = commandId(request, account.id);
      const report = { filed: 0, unchanged: 0, refused: 0 };
      const claims: { row: number; name: string; claimId: string }[] = [];
      const problems: RowProblem[] = [...file.problems];
      for (const { row, name, form } of file.claims) {
        const id = uuidFrom(`claim ${name}`, command);
        const isKnown = (await findClaim(deps.db, id)) !== undefined;
        try {
          await fileClaim(deps, account, form, id);
          report[isKnown ? 'unchanged' : 'filed'] += 1;
          claims.push({ row, name, claimId: id });
        } catch (error) {
          if (!(error instanceof Problem) || error.status >= 500) throw error;
          const { field = 'claim' } = error.extras;
          problems.push({ row, field: field.replace(/^\//u, ''), problem: error.message });
        }
      }
      const named = new Set(problems.map(({ row }) => row));
      return {
        rows: file.rows,
        ...report,
        refused: named.size,
        claims,
        problems: problems.toSorted((a, b) => a.row - b.row),
      };
    },
  );
};

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new Problem('invalid-request', { field: 'body', detail: `The file cannot be read: ${error.message}.` });
  }
}
