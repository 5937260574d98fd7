/** What the parties of a claim, and the arbitration, do to it: one route for each event of its contract [W2, W6]. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findClaim } from '../../db/claims.ts';
import type { ClaimRow } from '../../db/claims.ts';
import { findInstance } from '../../db/instances.ts';
import { claimEvents } from '../../machines/claim-events.ts';
import type { ClaimPublicEvent } from '../../machines/claim-events.ts';
import { bodyOf, claimActions, forAbsent } from '../claim-actions.ts';
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

export const claimCommands: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, claims } = deps;
  const tags = ['Claims'];

  for (const { path, by, event, summary, example } of claimActions) {
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
