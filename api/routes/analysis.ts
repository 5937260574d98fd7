/** Data analysis, for manufacturers of the edition Enterprise: figures from decided claims and finished repairs [D1]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { dimensions, TooManyGroups, type Dimension, type Key } from '../../analysis/groups.ts';
import { withoutDay } from '../../db/analysis-queries.ts';
import { CONFIDENCE } from '../../analysis/bounds.ts';
import { dayOf } from '../../machines/calendar.ts';
import { answerOf, csvOf, periodView, rowsOf, tableOf, type Figures } from '../analysis-answer.ts';
import {
  costFigures,
  failureRateFigures,
  forecastFigures,
  lifeFigures,
  MOST_GROUPS,
  repairFigures,
  serviceLevelFigures,
  turnaroundFigures,
  type FiguresQuestion,
} from '../analysis-figures.ts';
import { common, comparison, formatIn, questionIn, Whole, wrong, type Asked } from '../analysis-query.ts';
import * as views from '../analysis-views.ts';
import { contractNow } from '../contract-time.ts';
import { countingOf } from '../../records/coverage-question.ts';
import type { Deps } from '../deps.ts';
import { AccountParams } from '../fields.ts';
import { analysisPage } from '../pages/analysis.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses } from '../problems.ts';
import { mustAnalyse } from '../service-access.ts';

interface Analysis {
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly Values: Type.TSchema;
  readonly example: object;
  /** What the figures are grouped by besides what is asked for. */
  readonly first?: Key;
  readonly last?: Key;
  readonly allowed: readonly Dimension[];
  readonly query: { readonly [name: string]: Type.TSchema };
  /** What the page draws: a field of the values, a number or one with bounds. */
  readonly drawn: string;
  readonly figures: (question: FiguresQuestion) => Promise<readonly Figures[]>;
}

const withComparison = { ...common, ...comparison };

const analyses: readonly Analysis[] = [
  {
    path: 'failure-rates',
    summary: 'Failure rates',
    description:
      'Failures per unit-year with exact bounds, and the share of units that failed for the first time. The period is of the day of failure.',
    Values: views.FailureRates,
    example: views.failureRatesExample,
    allowed: dimensions,
    query: withComparison,
    drawn: 'rate',
    figures: failureRateFigures,
  },
  {
    path: 'life',
    summary: 'Time to failure',
    description:
      'A Weibull distribution fitted to the time to the first failure, with the units that have not failed. The period, and the month, are of the day from which a unit is in use.',
    Values: views.Lives,
    example: views.livesExample,
    allowed: ['model', 'component', 'batch', 'month'],
    query: withComparison,
    drawn: 'fit.b10Days',
    figures: lifeFigures,
  },
  {
    path: 'turnaround',
    summary: 'Turnaround of repairs',
    description: 'From the receipt of the unit to the end of its repair: median and 90 %. The period is of the end.',
    Values: views.Turnarounds,
    example: views.turnaroundsExample,
    allowed: dimensions,
    query: withComparison,
    drawn: 'medianHours',
    figures: turnaroundFigures,
  },
  {
    path: 'repairs',
    summary: 'First-time fix and repeat repairs',
    description:
      'Of repairs that ended as repaired: without a failed test and without another claim or repair of the unit within a term, and those with one. The period is of the end of the repair.',
    Values: views.Repairs,
    example: views.repairsExample,
    allowed: dimensions,
    query: { ...withComparison, withinDays: Whole(4, 'The term in days, at most 3650; 90 by default') },
    drawn: 'firstTimeFix.share',
    figures: repairFigures,
  },
  {
    path: 'costs',
    summary: 'Costs',
    description:
      'Of finished repairs, altogether, for each repair and each unit in use; and what decided claim lines put on whom. The period is of the end of the repair and of the decision.',
    Values: views.Costs,
    example: views.costsExample,
    last: 'currency',
    allowed: dimensions,
    query: withComparison,
    drawn: 'perUnit',
    figures: costFigures,
  },
  {
    path: 'service-levels',
    summary: 'Service levels',
    description:
      'How many decisions and repairs kept the time that was promised. The period is of the decision and of the end of the repair.',
    Values: views.ServiceLevels,
    example: views.serviceLevelsExample,
    allowed: dimensions,
    query: withComparison,
    drawn: 'decisions.share',
    figures: serviceLevelFigures,
  },
  {
    path: 'parts-forecast',
    summary: 'Parts that will be needed',
    description:
      'Expected demand of the rest of this month and of the months after it, for units in use today. The period is what the use of parts for each failure is learnt from.',
    Values: views.PartsForecast,
    example: views.partsForecastExample,
    first: 'part',
    allowed: ['model', 'component', 'batch', 'month'],
    query: { ...common, months: Whole(2, 'How many full months ahead, at most 24; 6 by default') },
    drawn: 'expected',
    figures: forecastFigures,
  },
];

export const analysis: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  for (const one of analyses) {
    const { path, summary, description, Values, example, allowed } = one;
    app.get(
      `/accounts/:accountId/analysis/${path}`,
      {
        config: { access: 'account' },
        schema: {
          tags: ['Analysis'],
          summary,
          description: `${description} For manufacturers of the edition Enterprise. JSON, CSV or a page, by \`Accept\` or \`format\`. Grouped by any of ${allowed.join(', ')}.`,
          params: AccountParams,
          querystring: Type.Object(one.query, { additionalProperties: false }),
          response: {
            200: {
              description: summary,
              content: {
                'application/json': { schema: answerOf(Values, example) },
                'text/csv': { schema: { type: 'string' } },
                'text/html': { schema: { type: 'string' } },
              },
            },
            ...errorResponses('invalid-request', 'not-entitled', 'not-acceptable'),
          },
        },
      },
      async (request, reply) => {
        const account = accountOf(request);
        await mustAnalyse(db, account);
        const query = request.query as Asked;
        const format = formatIn(query, request.headers.accept);
        const { timeZone } = await countingOf(db, account);
        const today = dayOf((await contractNow(db, account.clock, now())).toISOString(), timeZone);
        const { by, selection, earlier } = questionIn(query, { accountId: account.id, today, allowed });
        const ask = { db, by, today, query };
        const [figures, before, notCounted] = await Promise.all([
          countable(() => one.figures({ ...ask, selection })),
          earlier && countable(() => one.figures({ ...ask, selection: earlier })),
          withoutDay(db, selection),
        ]);
        const rows = rowsOf(figures, before);
        void reply.header('vary', 'accept').header('cache-control', 'no-store');
        const keys = [...(one.first ? [one.first] : []), ...by, ...(one.last ? [one.last] : [])];
        const table = () => tableOf(rows, { keys, Values, isCompared: before !== null });
        if (format === 'csv') {
          return await reply
            .type('text/csv; charset=utf-8; header=present')
            .header('content-disposition', `attachment; filename="${path}.csv"`)
            .serializer(asIs)
            .send(csvOf(table()));
        }
        if (format === 'html') {
          const { from, to } = selection;
          const shown = {
            title: summary,
            description,
            period: { from, to },
            table: table(),
            keys,
            rows,
            drawn: one.drawn,
          };
          return await reply.type('text/html; charset=utf-8').serializer(asIs).send(analysisPage(shown));
        }
        return await reply.type('application/json').send({
          period: periodView(selection),
          comparedWith: earlier && periodView(earlier),
          groupBy: [...by],
          confidence: CONFIDENCE,
          notCounted,
          rows,
        });
      },
    );
  }
};

const asIs = (text: unknown): string => String(text);

async function countable<Result>(compute: () => Promise<Result>): Promise<Result> {
  try {
    return await compute();
  } catch (error) {
    if (!(error instanceof TooManyGroups)) throw error;
    throw wrong(
      'groupBy',
      `It makes more than ${MOST_GROUPS} groups, or 1000 fits: ask for fewer at once, or for some models, components, batches, or days.`,
    );
  }
}
