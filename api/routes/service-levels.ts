/** Service levels that a manufacturer sets: how long decisions and repairs may take, in its own business time [W5]. */
import { Type, type Static } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { listServiceLevels, putServiceLevel, type ServiceLevelRow } from '../../db/service-levels.ts';
import { listPolicies, lockWarranty } from '../../db/warranty.ts';
import { InvalidCalendar } from '../../machines/business-calendar.ts';
import { InvalidBusinessDuration } from '../../machines/business-time.ts';
import { checkServiceLevel, InvalidServiceLevel } from '../../machines/service-level.ts';
import { calendarSchema, levelSchema } from '../../machines/service-terms.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { AccountParams, Instant, Nullable } from '../fields.ts';
import { once } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustManageWarranty } from '../service-access.ts';
import { Name, PolicyId } from '../warranty-fields.ts';

const LEVEL_LIMIT = 256 * 1024;
const names = ['claimDecision', 'repairTurnaround'] as const;
const LevelName = Type.Enum(names, { description: 'What the time is for' });

const example = {
  target: 'PT16H',
  reminders: ['PT4H'],
  escalations: ['PT8H'],
  pauses: ['customerInformation', 'suspension'],
  calendar: {
    name: 'workshop',
    version: 1,
    timeZone: 'Asia/Shanghai',
    week: { monday: [['08:00', '17:00']] },
    years: Object.fromEntries(
      [2027, 2028, 2029].map((year) => [year, { holidays: [`${year}-01-01`], specialDays: {} }]),
    ),
  },
};
/** It goes into every claim: its name is a code, as all that a manufacturer names. */
const Calendar = Type.Object(
  { ...calendarSchema.properties, name: Name('Name of the calendar', 'workshop') },
  { additionalProperties: false },
);
const LevelBody = Type.Object(
  { ...levelSchema.properties, calendar: Calendar, policy: Type.Optional(PolicyId) },
  { additionalProperties: false, examples: [example] },
);
const LevelView = Type.Object(
  {
    name: LevelName,
    policy: Nullable(PolicyId),
    publishedAt: Instant('Since when'),
    level: Type.Object({ ...levelSchema.properties, calendar: calendarSchema }),
  },
  {
    examples: [{ name: 'claimDecision', policy: null, publishedAt: '2027-03-10T02:00:00.000Z', level: example }],
  },
);

export const serviceLevels: FastifyPluginAsyncTypebox<Deps> = async (app, { db, now }) => {
  app.put(
    '/accounts/:accountId/service-levels/:name',
    {
      config: { access: 'account', command: true },
      bodyLimit: LEVEL_LIMIT,
      schema: {
        tags: ['Claims'],
        summary: 'Set a service level',
        description:
          'By the manufacturer, for the models of one policy or for all. Claims that run keep the level that they began with. The calendar has to list the holidays of every year that a claim can reach.',
        params: Type.Object({ ...AccountParams.properties, name: LevelName }),
        body: LevelBody,
        response: { 200: LevelView, ...errorResponses('body', 'not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustManageWarranty(db, account);
      const { name } = request.params;
      const { policy = '', ...rest } = request.body;
      const level = { name, ...rest } as unknown as Level;
      try {
        checkServiceLevel(level);
      } catch (error) {
        throw whatIsWrong(error, level) ?? error;
      }
      const at = (await contractNow(db, account.clock, now())).toISOString();
      const first = Number(at.slice(0, 4));
      const unknown = [0, 1, 2].map((n) => String(first + n)).find((year) => !(year in rest.calendar.years));
      if (unknown !== undefined)
        throw new Problem('invalid-request', {
          field: `/calendar/years/${unknown}`,
          detail: 'The calendar must list the holidays of this year and of the next two.',
        });
      await once(db, request, { accountId: account.id, at }, async (trx) => {
        await lockWarranty(trx, account.id);
        const known = policy === '' || (await listPolicies(trx, account.id)).some(({ id }) => id === policy);
        if (!known) throw new Problem('not-found', { field: '/policy' });
        await putServiceLevel(trx, { accountId: account.id, name, policyId: policy, level: level as never, at });
      });
      const rows = await listServiceLevels(db, account.id);
      return levelView(rows.find((row) => row.name === name && row.policy_id === policy)!);
    },
  );

  app.get(
    '/accounts/:accountId/service-levels',
    {
      config: { access: 'account' },
      schema: {
        tags: ['Claims'],
        summary: 'Service levels',
        description: 'That the manufacturer has set; where it has none, the terms of its agreement hold.',
        params: AccountParams,
        response: { 200: Type.Array(LevelView), ...errorResponses('not-entitled') },
      },
    },
    async (request) => {
      const account = accountOf(request);
      await mustManageWarranty(db, account);
      return (await listServiceLevels(db, account.id)).map(levelView);
    },
  );
};

type Level = Parameters<typeof checkServiceLevel>[0];

/** What cannot be meant, by its place in the body; undefined for any other error. */
function whatIsWrong(error: unknown, level: Level): Problem | undefined {
  const field = fieldOf(error, level);
  if (field === undefined) return undefined;
  return new Problem('invalid-request', { field, detail: `${(error as Error).message}.` });
}

function fieldOf(error: unknown, { target, reminders, escalations }: Level): string | undefined {
  if (error instanceof InvalidCalendar) return pointerOf(`calendar.${error.field}`);
  if (error instanceof InvalidServiceLevel) return pointerOf(error.field);
  if (!(error instanceof InvalidBusinessDuration)) return undefined;
  const all = Object.entries({ target: [target], reminders, escalations });
  const [name, those] = all.find(([, durations]) => durations.includes(error.duration)) ?? all[0]!;
  return name === 'target' ? '/target' : `/${name}/${those.indexOf(error.duration)}`;
}

/** `reminders[0]` → `/reminders/0`. */
function pointerOf(path: string): string {
  return `/${path.replaceAll(']', '').split(/[.[]/u).join('/')}`;
}

function levelView({ name, policy_id: policy, published_at: publishedAt, level }: ServiceLevelRow) {
  return {
    name,
    policy: policy === '' ? null : policy,
    publishedAt,
    level: level as unknown as Static<typeof LevelView>['level'],
  };
}
