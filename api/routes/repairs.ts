/** Repair orders, for their three parties and the operator: each sees and does its part [W4, W6, W7]. */
import { Type, type Static } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { findAccountByNumber } from '../../db/accounts.ts';
import { findInstance, findInstances, findStepOfEvent } from '../../db/instances.ts';
import type { Instance } from '../../db/instances.ts';
import {
  findRepair,
  listRepairs,
  listRepairsOfParty,
  partyIn,
  type RepairRow,
  type RepairsPage,
} from '../../db/repairs.ts';
import { isAuthorised } from '../../db/service-centers.ts';
import type { RepairPublicEvent } from '../../machines/repair-events.ts';
import { command, repairInstanceId } from '../commands.ts';
import type { Deps } from '../deps.ts';
import { AccountNumber, AccountParams, CommandAnswer } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { accountOf, byOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { actions, type Action } from '../repair-actions.ts';
import { mustBeSound } from '../repair-checks.ts';
import { adviceOn } from '../repair-faults.ts';
import { ListedRepair, listedRepair, RepairId, repairView, RepairView, type Viewer } from '../repair-view.ts';
import { repairStanding } from '../repair-words.ts';
import { giving, isGiving } from '../spare-units.ts';

const closed = { additionalProperties: false } as const;
const PAGE = 100;
const Query = Type.Object(
  {
    open: Type.Optional(Type.Enum(['true', 'false'], { description: 'Only those that are open, or closed' })),
    before: Type.Optional(RepairId),
  },
  closed,
);
const RepairParams = Type.Object({ repairId: RepairId });
const OwnParams = Type.Object({ ...AccountParams.properties, repairId: RepairId });
const AssignmentBody = Type.Object(
  {
    center: AccountNumber('an authorised service center'),
  },
  { ...closed, examples: [{ center: '10000033' }] },
);
const answers = { 200: CommandAnswer, 202: CommandAnswer };
const refusals = ['body', 'not-found', 'forbidden', 'event-refused', 'already-ended', 'already-exists'] as const;
const later = ['machine-fault', 'engine-unavailable', 'timed-out'] as const;

export const repairs: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, now } = deps;
  const tags = ['Repairs'];

  app.get(
    '/accounts/:accountId/repairs',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'Repair orders of the account',
        description: `As customer, manufacturer or service center; newest first, ${PAGE} at a time: \`before\` the last one of the page before.`,
        params: AccountParams,
        querystring: Query,
        response: { 200: Type.Array(ListedRepair), ...errorResponses('invalid-request', 'not-found') },
      },
    },
    async (request) => await list(accountOf(request).id, request.query),
  );

  app.get(
    '/accounts/:accountId/repairs/:repairId',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'One repair order',
        description: 'What this party may see of it, whose turn it is, and what falls due next under which clause.',
        params: OwnParams,
        response: { 200: RepairView, ...errorResponses('invalid-request', 'not-found') },
      },
    },
    async (request) => {
      const { row, viewer } = await own(request, request.params.repairId);
      return await repairView(db, row, viewer, now());
    },
  );

  app.get(
    '/repairs',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'All repair orders',
        description: `Newest first, ${PAGE} at a time: \`before\` the last one of the page before.`,
        querystring: Query,
        response: { 200: Type.Array(ListedRepair), ...errorResponses('invalid-request') },
      },
    },
    async (request) => await list(null, request.query),
  );

  app.get(
    '/repairs/:repairId',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'One repair order, whole',
        description: 'With all parties, the centers that were asked, and the clocks.',
        params: RepairParams,
        response: { 200: RepairView, ...errorResponses('invalid-request', 'not-found') },
      },
    },
    async (request) => await repairView(db, await existing(request.params.repairId), 'operator', now()),
  );

  for (const action of actions) {
    const schema = {
      tags,
      summary: action.summary,
      description: [
        `By ${[...action.by.map((party) => names[party]), 'the operator'].join(', or ')}.`,
        action.note ?? '',
      ]
        .join(' ')
        .trim(),
      body: action.body,
      response: { ...answers, ...errorResponses(...refusals, ...later) },
    };
    app.post(
      `/accounts/:accountId/repairs/:repairId/${action.path}`,
      { config: { access: 'account', command: true }, schema: { ...schema, params: OwnParams } },
      async (request, reply) => {
        const { repairId } = request.params as Static<typeof OwnParams>;
        const { row, viewer } = await own(request, repairId);
        if (!(await isRepeated(request, row)))
          mustBeOf(action, row, viewer, await findInstance(db, repairInstanceId(row.id)));
        const answer = await act(request, action, row, request.body as object);
        return reply.status(answer.readable ? 200 : 202).send(answer);
      },
    );
    // A center accepts for itself, or not at all.
    if (action.own === 'centerId') continue;
    app.post(
      `/repairs/:repairId/${action.path}`,
      { config: { access: 'operator', command: true }, schema: { ...schema, params: RepairParams } },
      async (request, reply) => {
        const row = await existing((request.params as Static<typeof RepairParams>).repairId);
        const answer = await act(request, action, row, request.body as object);
        return reply.status(answer.readable ? 200 : 202).send(answer);
      },
    );
  }

  const assignment = {
    tags,
    summary: 'Assign a service center by hand',
    description: 'While one is looked for or asked. It is asked, and accepts or declines as any other.',
    body: AssignmentBody,
    response: { ...answers, ...errorResponses(...refusals, ...later) },
  };
  app.post(
    '/accounts/:accountId/repairs/:repairId/assignment',
    { config: { access: 'account', command: true }, schema: { ...assignment, params: OwnParams } },
    async (request, reply) => {
      const { row, viewer } = await own(request, request.params.repairId);
      if (viewer !== 'manufacturer') throw new Problem('forbidden', { detail: 'The manufacturer assigns centers.' });
      const answer = await assign(request, row, request.body.center);
      return reply.status(answer.readable ? 200 : 202).send(answer);
    },
  );
  app.post(
    '/repairs/:repairId/assignment',
    { config: { access: 'operator', command: true }, schema: { ...assignment, params: RepairParams } },
    async (request, reply) => {
      const row = await existing(request.params.repairId);
      const answer = await assign(request, row, request.body.center);
      return reply.status(answer.readable ? 200 : 202).send(answer);
    },
  );

  async function list(accountId: string | null, query: Static<typeof Query>) {
    const before = query.before === undefined ? undefined : await findRepair(db, query.before);
    if (query.before !== undefined && before === undefined) throw new Problem('not-found', { field: 'before' });
    const page: RepairsPage = {
      limit: PAGE,
      ...(query.open === undefined ? {} : { isOpen: query.open === 'true' }),
      ...(before === undefined ? {} : { before: { orderedAt: before.ordered_at, id: before.id } }),
    };
    const rows = await (accountId === null ? listRepairs(db, page) : listRepairsOfParty(db, accountId, page));
    const instances = await findInstances(
      db,
      rows.map(({ id }) => repairInstanceId(id)),
    );
    return rows.map((row) => listedRepair(row, instances.get(repairInstanceId(row.id))));
  }

  async function existing(repairId: string): Promise<RepairRow> {
    const row = await findRepair(db, repairId);
    if (!row) throw new Problem('not-found');
    return row;
  }

  /** One of which the account is a party now; others are not there for it, but for the answer to a command repeated. */
  async function own(request: FastifyRequest, repairId: string): Promise<{ row: RepairRow; viewer: Viewer }> {
    const { id, role } = accountOf(request);
    const row = await existing(repairId);
    const party = partyIn(row, id);
    if (party !== undefined) return { row, viewer: party };
    // Who may not see it any more, such as a center after its decline: it only hears again what it was answered.
    if (role === null || !(await isRepeated(request, row))) throw new Problem('not-found');
    return { row, viewer: role };
  }

  /** A command that was carried out before has its answer, whatever has become of the order since. */
  async function isRepeated(request: FastifyRequest, row: RepairRow): Promise<boolean> {
    if (request.method === 'GET') return false;
    return (await findStepOfEvent(db, repairInstanceId(row.id), commandId(request, row.id))) !== undefined;
  }

  async function act(request: FastifyRequest, action: Action, row: RepairRow, body: object) {
    const centerId = action.own === undefined ? {} : { centerId: accountOf(request).id };
    const event = { type: action.event, ...body, ...centerId, by: byOf(request) } as unknown as RepairPublicEvent;
    const tell = () => send(request, row, event);
    if (await isRepeated(request, row)) return await tell();
    await mustBeSound(db, row, event);
    return isGiving(event) ? await giving(db, row, event, tell) : await tell();
  }

  async function assign(request: FastifyRequest, row: RepairRow, number: string) {
    const center = await findAccountByNumber(db, number);
    const isKnown =
      center?.role === 'serviceCenter' &&
      row.manufacturer_id !== null &&
      (await isAuthorised(db, row.manufacturer_id, center.id));
    if (!isKnown) {
      throw new Problem('not-found', {
        field: '/center',
        detail: 'No service center with this number is authorised by the manufacturer.',
      });
    }
    return await send(request, row, { type: 'center.assigned', centerId: center.id, by: byOf(request) });
  }

  async function send(request: FastifyRequest, row: RepairRow, event: RepairPublicEvent) {
    const id = commandId(request, row.id);
    return await command(deps, deps.repairs, repairInstanceId(row.id), event, id, adviceOn(event));
  }
};

const names = {
  customer: 'the customer',
  manufacturer: 'the manufacturer',
  serviceCenter: 'the service center',
} as const;

/**
 * A party does its part, and when the unit is where it has to be for that.
 * @throws {Problem} `forbidden`, or `event-refused` with where the unit is
 */
function mustBeOf(action: Action, row: RepairRow, viewer: Viewer, instance: Instance | undefined): void {
  const isWhose = action.by.some((party) => party === viewer) && (action.when?.(row, viewer) ?? true);
  if (!isWhose) {
    const whose = action.by.map((party) => names[party]).join(', or ');
    throw new Problem('forbidden', { detail: `This is a matter of ${whose}, as far as it is their turn.` });
  }
  // What is closed says so itself.
  if (row.closed_at !== null || (action.at?.(row, viewer) ?? true)) return;
  const state = repairStanding(instance?.value).words;
  const detail = `The unit is not where it has to be for that: its place is '${row.place}'. It is: ${state}.`;
  throw new Problem('event-refused', { detail, state });
}
