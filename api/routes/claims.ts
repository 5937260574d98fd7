/** Claims: filed, listed and read by their parties [W2, V8]. What is done to one: claim-commands.ts. */
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findClaim, listClaimEvidence, listClaims } from '../../db/claims.ts';
import { listEscalations } from '../../db/service-clocks.ts';
import { ClaimForm, ClaimId, ClaimListed, ClaimParams, ClaimView } from '../claim-fields.ts';
import { fileClaim, partyOf } from '../claim-intake.ts';
import { claimInstanceId, claimView, listedClaim } from '../claim-view.ts';
import { waitForSequence } from '../commands.ts';
import type { Deps } from '../deps.ts';
import { fileResponse, readEvidence, sendEvidence } from '../evidence.ts';
import { AccountNumber, AccountParams, Instant, Nullable, Sha256 } from '../fields.ts';
import { commandId, uuidFrom } from '../idempotency.ts';
import { accountOf } from '../plugins/access.ts';
import { errorResponses, Problem } from '../problems.ts';
import { RepairId } from '../repair-view.ts';
import { standing } from '../standing.ts';
import { Serial } from '../warranty-fields.ts';

const LISTED = 500;
const CLAIM_LIMIT = 256 * 1024;

const Query = Type.Object(
  {
    open: Type.Optional(Type.Enum(['true', 'false'], { description: 'Only those that are not closed' })),
    serial: Type.Optional(Serial),
  },
  { additionalProperties: false },
);

const Escalation = Type.Object(
  {
    subject: Type.Enum(['claim', 'repair'], { description: 'Whose time it is' }),
    claimId: Nullable(ClaimId),
    repairId: Nullable(RepairId),
    manufacturer: Nullable(AccountNumber('the manufacturer; null once it is erased')),
    state: Nullable(Type.String({ description: 'Of the claim or repair now' })),
    words: Nullable(Type.String({ description: 'The same in words' })),
    clock: Type.String(),
    kind: Type.String({ description: 'reminder, target, escalation' }),
    duration: Type.String({ description: 'How long after the target, in business time' }),
    reachedAt: Instant('When it came to the operator'),
  },
  {
    examples: [
      {
        subject: 'claim',
        claimId: '5f0c1c1e-5a1b-8c3d-9e4f-0123456789ab',
        repairId: null,
        manufacturer: '10000017',
        state: 'deciding',
        words: 'A person decides the lines, and what the claim comes to, within the service level',
        clock: 'decision',
        kind: 'escalation',
        duration: 'P2D',
        reachedAt: '2027-06-11T02:00:00.000Z',
      },
    ],
  },
);

export const claims: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db } = deps;
  const tags = ['Claims'];

  app.post(
    '/accounts/:accountId/claims',
    {
      config: { access: 'account', command: true },
      bodyLimit: CLAIM_LIMIT,
      schema: {
        tags,
        summary: 'File a claim',
        description:
          'By a customer, for a unit that is registered as its own; by a manufacturer, for a unit of its own make, or, with `recovers`, against its supplier for a claim that it has paid for. Each line is decided by itself.',
        params: AccountParams,
        body: ClaimForm,
        response: {
          201: ClaimView,
          ...errorResponses('body', 'not-found', 'not-entitled', 'unknown-evidence', 'idempotency-key-reused'),
        },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const id = uuidFrom('claim', commandId(request, account.id));
      const claim = await fileClaim(deps, account, request.body, id);
      await waitForSequence(deps, claimInstanceId(id), 1);
      reply.code(201).header('location', `/accounts/${account.id}/claims/${id}`).header('cache-control', 'no-store');
      return await claimView(deps, (await findClaim(db, claim.id))!, account);
    },
  );

  app.get(
    '/accounts/:accountId/claims',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'Claims',
        description: `In which the account is a party, newest first, at most ${LISTED}.`,
        params: AccountParams,
        querystring: Query,
        response: { 200: Type.Array(ClaimListed, { examples: [[]] }), ...errorResponses('invalid-request') },
      },
    },
    async (request) => {
      const { open, serial } = request.query;
      const rows = await listClaims(db, accountOf(request).id, {
        open: open === 'true',
        ...(serial === undefined ? {} : { serial }),
        limit: LISTED,
      });
      return await Promise.all(rows.map((claim) => listedClaim(deps, claim)));
    },
  );

  app.get(
    '/accounts/:accountId/claims/:claimId',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'One claim',
        description:
          'By either party. The customer sees what is decided, the manufacturer also who decided it and what speaks of fraud. Clocks are computed anew from the audit.',
        params: ClaimParams,
        response: { 200: ClaimView, ...errorResponses('not-found', 'invalid-request') },
      },
    },
    async (request, reply) => {
      const account = accountOf(request);
      const claim = await findClaim(db, request.params.claimId);
      if (!claim) throw new Problem('not-found', { field: 'claimId' });
      partyOf(claim, account);
      void reply.header('cache-control', 'no-store');
      return await claimView(deps, claim, account);
    },
  );

  app.get(
    '/accounts/:accountId/claims/:claimId/evidence/:sha256',
    {
      config: { access: 'account' },
      schema: {
        tags,
        summary: 'A file of a claim',
        description: 'By either party, whoever gave it; it goes with the account that gave it.',
        params: Type.Object({ ...ClaimParams.properties, sha256: Sha256 }),
        response: { 200: fileResponse, ...errorResponses('not-found', 'invalid-request') },
      },
    },
    async (request, reply) => {
      const claim = await findClaim(db, request.params.claimId);
      if (!claim) throw new Problem('not-found', { field: 'claimId' });
      partyOf(claim, accountOf(request));
      const file = (await listClaimEvidence(db, claim.id)).find(({ sha256 }) => sha256 === request.params.sha256);
      if (!file) throw new Problem('not-found', { field: 'sha256' });
      if (file.account_id === null)
        throw new Problem('not-found', { field: 'sha256', detail: 'The file went with the account that gave it.' });
      return sendEvidence(reply, await readEvidence(deps, file.account_id, file.sha256));
    },
  );

  app.get(
    '/claims',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'All claims',
        description: `By the operator, newest first, at most ${LISTED}; \`state=arbitrating\` lists what waits for the arbitration.`,
        querystring: Type.Object(
          { state: Type.Optional(Type.String({ pattern: '^[A-Za-z]{1,40}$', description: 'State of the claim' })) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Array(ClaimListed, { examples: [[]] }), ...errorResponses('invalid-request') },
      },
    },
    async (request) => {
      const { state } = request.query;
      const rows = await listClaims(db, null, { ...(state === undefined ? {} : { state }), limit: LISTED });
      return await Promise.all(rows.map((claim) => listedClaim(deps, claim)));
    },
  );

  app.get(
    '/claims/:claimId',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'One claim, for the operator',
        description: 'As its manufacturer sees it, without what the customer wrote.',
        params: Type.Object({ claimId: ClaimId }),
        response: { 200: ClaimView, ...errorResponses('not-found', 'invalid-request') },
      },
    },
    async (request) => {
      const claim = await findClaim(db, request.params.claimId);
      if (!claim) throw new Problem('not-found', { field: 'claimId' });
      return await claimView(deps, claim, 'operator');
    },
  );

  app.get(
    '/escalations',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'Time limits that came up to the operator',
        description: `Newest first, at most ${LISTED} [W5].`,
        querystring: Type.Object(
          { of: Type.Optional(Nullable(Type.Enum(['claim', 'repair']))) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Array(Escalation), ...errorResponses('invalid-request') },
      },
    },
    async (request) => {
      const { of } = request.query;
      const rows = await listEscalations(db, LISTED);
      return rows
        .filter((one) => of === undefined || of === null || one.subject_kind === of)
        .map((one) => ({
          subject: one.subject_kind,
          claimId: one.claim_id,
          repairId: one.repair_id,
          manufacturer: one.manufacturer,
          state: one.state,
          words: one.words && standing(`${one.subject_kind}-`, { ...one, words: one.words, dueAt: one.next_due_at }),
          clock: one.clock,
          kind: one.kind,
          duration: one.duration,
          reachedAt: one.reached_at,
        }));
    },
  );
};
