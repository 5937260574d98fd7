/** What covers a failure: how it is asked, and how the answer of the pure function is shown [W1]. */
import { Type, type Static } from 'typebox';
import type { Coverage } from '../machines/warranty/coverage.ts';
import { costClasses } from '../machines/warranty/policy.ts';
import type { Failure } from '../machines/warranty/unit.ts';
import { Day, Instant, Nullable } from './fields.ts';
import { Cause, Name, Serial, Usage } from './warranty-fields.ts';

const closed = { additionalProperties: false } as const;

export const CoverageQuery = Type.Object(
  {
    on: Day('Day of the failure'),
    component: Type.Optional(Name('Component that failed, where it is known', 'motor')),
    cause: Type.Optional(Cause),
    ...Object.fromEntries(
      Object.keys(Usage.properties).map((unit) => [
        unit,
        Type.Optional(
          Type.String({ pattern: '^[0-9]{1,12}(\\.[0-9]{1,3})?$', description: `Reading of the counter of ${unit}` }),
        ),
      ]),
    ),
  },
  closed,
);
const Share = Type.Object(
  { part: Type.Integer(), whole: Type.Integer() },
  { description: 'So much of the cost is paid' },
);
const Finding = Type.Object({
  kind: Type.String({ description: 'policyLine, deadOnArrival, extension, campaign or replacement' }),
  id: Type.String(),
  covers: Type.Boolean(),
  until: Nullable(Day('Last covered day')),
  usageLeft: Nullable(Type.Number()),
  share: Share,
  reasons: Type.Array(
    Type.Object({ code: Type.String(), speaks: Type.Enum(['for', 'against', 'open']), text: Type.String() }),
  ),
});
const ClassView = Type.Object({
  covered: Type.Boolean(),
  share: Share,
  by: Nullable(Type.String({ description: 'The line that covers' })),
  until: Nullable(Day('Last covered day of that line')),
  endsAt: Nullable(Instant('24:00 of it')),
  usageLeft: Nullable(Type.Number()),
  needs: Type.Array(Type.String(), { description: 'Facts that could still bring more cover' }),
  findings: Type.Array(Finding, { description: 'Every line that was looked at' }),
});
const uncovered = {
  covered: false,
  share: { part: 0, whole: 1 },
  by: null,
  until: null,
  endsAt: null,
  usageLeft: null,
  needs: [],
  findings: [],
};
export const CoverageView = Type.Object(
  {
    serial: Serial,
    deadOnArrival: Type.Boolean({ description: 'It counts as never having worked' }),
    parts: ClassView,
    labour: ClassView,
    shipping: ClassView,
  },
  {
    examples: [
      { serial: 'SD18-000123', deadOnArrival: false, parts: uncovered, labour: uncovered, shipping: uncovered },
    ],
  },
);

/** The failure that is asked about; what is not known is left open. */
export function failureIn(query: Static<typeof CoverageQuery>): Failure {
  const {
    on,
    component = null,
    cause = 'unknown',
    ...readings
  } = query as Pick<Failure, 'on'> &
    Partial<Pick<Failure, 'component' | 'cause'>> & { readonly [unit: string]: string };
  return {
    on,
    component,
    cause,
    usage: Object.fromEntries(Object.entries(readings).map(([counter, text]) => [counter, Number(text)])),
  };
}

export function coverageView(serial: string, { classes, deadOnArrival }: Coverage): Static<typeof CoverageView> {
  const views = costClasses.map((costClass) => {
    const { findings, by, ...rest } = classes[costClass];
    const shown = findings.map(({ source: { kind, id }, covers, until, usageLeft, share, reasons }) => {
      return { kind, id, covers, until, usageLeft, share, reasons };
    });
    return [costClass, { ...rest, by: by?.id ?? null, findings: shown }] as const;
  });
  return { serial, deadOnArrival, ...Object.fromEntries(views) } as unknown as Static<typeof CoverageView>;
}
