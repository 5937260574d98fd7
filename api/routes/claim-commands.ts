/** What the parties of a claim, and the arbitration, do to it: one route for each event of its contract [W2, W6]. */
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findClaim } from '../../db/claims.ts';
import type { ClaimRow } from '../../db/claims.ts';
import { findInstance } from '../../db/instances.ts';
import { claimEvents } from '../../machines/claim-events.ts';
import type { ClaimPublicEvent } from '../../machines/claim-events.ts';
import { mustBeSound } from '../claim-checks.ts';
import { adviceOn } from '../claim-faults.ts';
import { ClaimId, ClaimParams } from '../claim-fields.ts';
import { partyOf } from '../claim-intake.ts';
import { claimInstanceId } from '../claim-view.ts';
import { command, subscriptionId } from '../commands.ts';
import type { Deps } from '../deps.ts';
import { mustHaveEvidence } from '../evidence.ts';
import { CommandAnswer } from '../fields.ts';
import { commandId } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { mustNotBeSuspended } from '../service-access.ts';

type EventType = ClaimPublicEvent['type'];

interface ClaimCommand {
  /** Last part of the path. */
  readonly path: string;
  readonly by: 'manufacturer' | 'customer';
  readonly event: EventType;
  readonly summary: string;
  readonly example: object;
}

const decidedBy = 'clerk-7';
const facts = [{ lineId: 'l1', component: 'motor', cause: 'wear', usage: { hours: 120 } }];

const commands: readonly ClaimCommand[] = [
  {
    path: 'decisions',
    by: 'manufacturer',
    event: 'line.decided',
    summary: 'Decide a line as coverage says',
    example: { lineId: 'l1', decidedBy },
  },
  {
    path: 'refusals',
    by: 'manufacturer',
    event: 'line.refused',
    summary: 'Refuse a line as a duplicate or a fraud',
    example: { lineId: 'l1', reason: 'duplicate', decidedBy },
  },
  {
    path: 'goodwill',
    by: 'manufacturer',
    event: 'goodwill.offered',
    summary: 'Pay more of a line than coverage does',
    example: { lineId: 'l1', amount: 20_000, currency: 'CNY', reason: 'loyalty', decidedBy },
  },
  {
    path: 'goodwill-approvals',
    by: 'manufacturer',
    event: 'goodwill.approved',
    summary: 'Approve goodwill above the limit, as a second person',
    example: { lineId: 'l1', amount: 60_000, currency: 'CNY', decidedBy: 'head-2' },
  },
  {
    path: 'goodwill-refusals',
    by: 'manufacturer',
    event: 'goodwill.declined',
    summary: 'Decline goodwill above the limit, as a second person',
    example: { lineId: 'l1', decidedBy: 'head-2' },
  },
  {
    path: 'facts',
    by: 'manufacturer',
    event: 'facts.corrected',
    summary: 'Correct what is known of lines; coverage is asked again',
    example: { facts },
  },
  {
    path: 'information-requests',
    by: 'manufacturer',
    event: 'information.requested',
    summary: 'Ask the customer; the clock is paused',
    example: { codes: ['photoOfPlate'] },
  },
  {
    path: 'information',
    by: 'customer',
    event: 'information.provided',
    summary: 'Answer what was asked',
    example: { facts, evidence: [] },
  },
  {
    path: 'outcome',
    by: 'manufacturer',
    event: 'outcome.chosen',
    summary: 'Choose repair, replacement or refund',
    example: { outcome: 'repair', decidedBy },
  },
  {
    path: 'fulfilment',
    by: 'manufacturer',
    event: 'outcome.fulfilled',
    summary: 'Say that the replacement was sent, or the refund paid',
    example: { reference: 'BOC-20270301-000123' },
  },
  {
    path: 'acceptance',
    by: 'customer',
    event: 'decision.accepted',
    summary: 'Accept the decision, or what was done',
    example: {},
  },
  {
    path: 'appeal',
    by: 'customer',
    event: 'appeal.filed',
    summary: 'Appeal the decision, or dispute what was done; once',
    example: { reason: 'wrongFacts' },
  },
  {
    path: 'dispute-rejection',
    by: 'manufacturer',
    event: 'dispute.rejected',
    summary: 'Say no to a dispute',
    example: { reason: 'noFault', decidedBy },
  },
  {
    path: 'arbitration-request',
    by: 'customer',
    event: 'arbitration.requested',
    summary: 'Have the decision on the appeal arbitrated',
    example: { reason: 'wrongFacts' },
  },
  {
    path: 'withdrawal',
    by: 'customer',
    event: 'claim.withdrawn',
    summary: 'Withdraw the claim',
    example: {},
  },
];

/** What a customer without an account cannot do itself, its manufacturer does for it; nobody disputes his own decision. */
const forAbsent: readonly EventType[] = ['information.provided', 'decision.accepted', 'claim.withdrawn'];

const response = {
  200: CommandAnswer,
  202: CommandAnswer,
  ...errorResponses(
    'body',
    'not-found',
    'forbidden',
    'not-entitled',
    'event-refused',
    'already-ended',
    'unknown-evidence',
    'engine-unavailable',
  ),
};

/** The payload of an event without who sent it: that is known here. */
function bodyOf(event: EventType, example: object): TSchema {
  const { by: _by, ...fields } = (claimEvents[event].schema as unknown as { properties: Record<string, TSchema> })
    .properties;
  return Type.Object(fields, { additionalProperties: false, examples: [example] });
}

export const claimCommands: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, claims } = deps;
  const tags = ['Claims'];

  for (const { path, by, event, summary, example } of commands) {
    app.post(
      `/accounts/:accountId/claims/:claimId/${path}`,
      {
        config: { access: 'account', command: true },
        schema: {
          tags,
          summary,
          description: `By the ${by}. ${claimEvents[event].description}.`,
          params: ClaimParams,
          body: bodyOf(event, example),
          response,
        },
      },
      async (request, reply) => {
        const account = accountOf(request);
        const claim = await existing((request.params as { claimId: string }).claimId);
        const party = partyOf(claim, account);
        const isAbsent = claim.customer_id === null && forAbsent.includes(event);
        mustNotBeSuspended(await findInstance(db, subscriptionId(account.id)));
        if (party !== by && !isAbsent)
          throw new Problem('forbidden', { detail: `This is for the ${by} of the claim.` });
        const payload = { type: event, ...(request.body as object), by: party } as ClaimPublicEvent;
        await mustBeSound(db, claim, payload);
        for (const [index, sha256] of (payload.type === 'information.provided' ? payload.evidence : []).entries()) {
          await mustHaveEvidence(db, account.id, sha256, `/evidence/${index}`);
        }
        const answer = await send(claim, payload, commandId(request, claim.id));
        return await reply.code(answer.readable ? 200 : 202).send(answer);
      },
    );
  }

  app.post(
    '/claims/:claimId/arbitration',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags,
        summary: 'Decide as arbitration',
        description: `By the operator. ${claimEvents['arbitration.decided'].description}.`,
        params: Type.Object({ claimId: ClaimId }),
        body: bodyOf('arbitration.decided', {
          awards: [{ lineId: 'l1', amount: 12_000, currency: 'CNY' }],
          outcome: 'refund',
          decidedBy: 'arbiter-1',
        }),
        response,
      },
    },
    async (request, reply) => {
      const claim = await existing(request.params.claimId);
      const payload = {
        type: 'arbitration.decided',
        ...(request.body as object),
        by: 'operator',
      } as unknown as ClaimPublicEvent;
      await mustBeSound(db, claim, payload);
      const answer = await send(claim, payload, commandId(request, claim.id));
      return await reply.code(answer.readable ? 200 : 202).send(answer);
    },
  );

  async function send(claim: ClaimRow, event: ClaimPublicEvent, id: string) {
    return await command(deps, claims, claimInstanceId(claim.id), event, id, adviceOn(event));
  }

  async function existing(id: string): Promise<ClaimRow> {
    const claim = await findClaim(db, id);
    if (!claim) throw new Problem('not-found', { field: 'claimId' });
    return claim;
  }
};
