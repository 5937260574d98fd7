/** Many claims at once, from a file as companies have it [W2]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findClaim } from '../../db/claims.ts';
import { ClaimId } from '../claim-fields.ts';
import { fileClaim, mustBeFileable } from '../claim-intake.ts';
import { Problems } from '../claim-checks.ts';
import { claimColumns, readClaims, type ClaimColumn, type ClaimOfFile } from '../claim-rows.ts';
import { columnsOf, dayForms, decimalForms, RowProblem, UnreadableFile } from '../csv-rows.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { commandId, uuidFrom } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { takeCsv } from '../plugins/csv-bodies.ts';
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
    refused: Type.Integer({ description: 'Rows for which nothing was filed' }),
    claims: Type.Array(
      Type.Object({ line: Type.Integer({ description: 'Of its first row' }), name: Type.String(), claimId: ClaimId }),
    ),
    problems: Type.Array(RowProblem, { description: 'All that is wrong' }),
  },
  {
    examples: [
      {
        rows: 2,
        filed: 1,
        unchanged: 0,
        refused: 1,
        claims: [{ line: 2, name: 'K-1', claimId: '5f0c1c1e-5a1b-8c3d-9e4f-0123456789ab' }],
        problems: [{ line: 3, column: 'failedOn', problem: 'must be a day written as YYYY-MM-DD' }],
      },
    ],
  },
);

export const claimImport: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  takeCsv(app, FILE_LIMIT);

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
      const file = await readable(async () => {
        const named = columnsOf(claimColumns, columns);
        return { named, ...(await readClaims(request.body, named, { days, decimals })) };
      });
      if (file.claims.length + file.spoilt.length > CLAIMS)
        throw new Problem('invalid-request', { field: 'body', detail: `At most ${CLAIMS} claims: split the file.` });
      const command = commandId(request, account.id);
      const report = { filed: 0, unchanged: 0, refused: file.rows };
      const claims: { line: number; name: string; claimId: string }[] = [];
      const problems: RowProblem[] = [...file.problems];
      const cell = ({ line, column }: RowProblem) => `${line} ${column}`;
      const unread = new Set(file.problems.map(cell));
      for (const claim of file.spoilt) {
        const found = await wrongWith(() => mustBeFileable(deps, account, claim.form));
        problems.push(...found.map((one) => inFile(one, claim, file.named)).filter((one) => !unread.has(cell(one))));
      }
      for (const claim of file.claims) {
        const { lines, name, form } = claim;
        const id = uuidFrom(`claim ${name}`, command);
        const isKnown = (await findClaim(deps.db, id)) !== undefined;
        const found = await wrongWith(() => fileClaim(deps, account, form, id));
        problems.push(...found.map((one) => inFile(one, claim, file.named)));
        if (found.length > 0) continue;
        report[isKnown ? 'unchanged' : 'filed'] += 1;
        report.refused -= lines.length;
        claims.push({ line: lines[0]!, name, claimId: id });
      }
      return { rows: file.rows, ...report, claims, problems: problems.toSorted((a, b) => a.line - b.line) };
    },
  );
};

/** What the caller can mend of what is said against it; nothing where it goes well. */
async function wrongWith(act: () => Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    return error instanceof Problems ? error.all : [error];
  }
}

/** What is wrong with a claim, at the row and column of the file. */
function inFile(
  { extras, message }: Problem,
  { lines }: ClaimOfFile,
  columns: ReadonlyMap<ClaimColumn, string>,
): RowProblem {
  const [, n = '0', column] = /^(?:\/lines\/(\d+))?\/(\w+)$/u.exec(extras.field ?? '') ?? [];
  const named = columns.get(column as ClaimColumn) ?? columns.get('claim')!;
  return { line: lines[Number(n)]!, column: named, problem: message };
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new Problem('invalid-request', { field: 'body', detail: `The file cannot be read: ${error.message}.` });
  }
}
