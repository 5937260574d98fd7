/**
 * Registration. The intake (account, vault, message that starts the contract) is one transaction: either all of it is
 * there or nothing. The account's id and token follow from the Idempotency-Key, so a repetition answers alike.
 */
import { createHmac } from 'node:crypto';
import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findAccount, insertAccount } from '../../db/accounts.ts';
import { findAgreementInEffect, findAgreementVersion, type AgreementVersion } from '../../db/agreements.ts';
import { findClock } from '../../db/clocks.ts';
import { findInstance } from '../../db/instances.ts';
import { insertMessage } from '../../db/outbox.ts';
import { editionProblem, roles, type Role } from '../../machines/agreement.ts';
import { resolveTerms } from '../../machines/terms.ts';
import { subscriptionId, waitForSequence } from '../commands.ts';
import { contractNow } from '../contract-time.ts';
import { hashOfToken, tokenOf } from '../credentials.ts';
import type { Deps } from '../deps.ts';
import { accountErased } from '../erased.ts';
import { AccountId, AgreementVersionName, ClockName, Edition, Nullable } from '../fields.ts';
import { canonicalJson, commandId, uuidFrom } from '../idempotency.ts';
import { Contact, missingInformation, Organisation } from '../information.ts';
import { errorResponses, Problem } from '../problems.ts';

const example = {
  role: 'manufacturer',
  edition: 'professional',
  organisation: { name: 'Sample Power Tools Ltd.', address: '12 Example Street, Tianjin 300000, China' },
  contact: { name: 'Li Example', email: 'li@tools.example', phone: '+86 22 5555 0100' },
};

const Body = Type.Object(
  {
    // Known here so that the refusal can point to the other agreement [E1].
    role: Type.Enum([...roles, 'industrialResource'], { description: 'Users under this agreement (§2)' }),
    edition: Type.Optional(Nullable(Edition)),
    agreementVersion: Type.Optional(AgreementVersionName),
    clock: Type.Optional(ClockName),
    organisation: Organisation,
    contact: Contact,
  },
  { additionalProperties: false, examples: [example] },
);

const Registered = Type.Object(
  {
    accountId: AccountId,
    token: Type.String({ description: 'Credentials of the account: keep it secret' }),
    state: Type.String({ description: 'The contract’s state in words' }),
    agreement: Type.Object({ version: Type.String(), textHash: Type.String() }, { description: 'What to confirm' }),
    missing: Type.Array(Type.String(), { description: 'Required information that is not given yet' }),
  },
  {
    examples: [
      {
        accountId: '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab',
        token: 'pacta_Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCB0b2tlbg',
        state: 'Waiting for the confirmation of the agreement',
        agreement: { version: '1', textHash: '174bad23b3b1e86370ded22f41cbdf7998a81061414fbeda34130c3424bad716' },
        missing: [],
      },
    ],
  },
);

export const registration: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, keys, vault, options, now } = deps;

  app.post(
    '/accounts',
    {
      config: { command: true },
      schema: {
        tags: ['Accounts'],
        summary: 'Register',
        description:
          'Anybody may register as a manufacturer, a customer or a service center. The answer has the token of the account and the version of the agreement to confirm; no service before that. Choose the Idempotency-Key at random: whoever has it and the body gets the token again.',
        body: Body,
        response: {
          201: Registered,
          ...errorResponses(
            'body',
            'idempotency-key-missing',
            'test-clocks-off',
            'account-erased',
            'other-agreement',
            'unknown-agreement-version',
            'unknown-clock',
            'idempotency-key-reused',
            'engine-unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      if (body.role === 'industrialResource') {
        throw new Problem('other-agreement', {
          field: '/role',
          detail: 'Industrial resources sign the Industrial Resource Agreement; please ask for it.',
        });
      }
      const role: Role = body.role;
      const edition = body.edition ?? null;
      const mismatch = editionProblem(role, edition);
      if (mismatch !== null) throw new Problem('invalid-request', { field: '/edition', detail: `${mismatch}.` });

      const accountId = uuidFrom('account', commandId(request, '', { kind: 'public' }));
      const known = await findAccount(db, accountId);
      if (known && known.erased_at !== null) throw await accountErased(db, known);

      const clock = body.clock ?? null;
      if (!known && clock !== null) {
        if (!options.testClocks) throw new Problem('test-clocks-off', { field: '/clock' });
        if (!(await findClock(db, clock))) throw new Problem('unknown-clock', { field: '/clock' });
      }
      // A key is only made for an account that was never there: an erased one must not get a key again.
      const accountKey = known ? await keys.get(accountId) : await keys.create(accountId);
      if (!accountKey) throw new Problem('account-erased');
      const token = tokenOf(accountKey);
      const digest = createHmac('sha256', accountKey).update(canonicalJson(body)).digest('hex');

      const at = (await contractNow(db, clock, now())).toISOString();
      const agreement = known
        ? await findAgreementVersion(db, known.agreement_version ?? '')
        : await agreementToConfirm(at, body.agreementVersion);
      if (!agreement) throw new Problem('internal');
      const missing = missingInformation(role, body);

      await db.transaction().execute(async (trx) => {
        const isNew = await insertAccount(trx, {
          id: accountId,
          role,
          edition,
          agreementVersion: agreement.version,
          clock,
          tokenHash: hashOfToken(token),
          createdAt: at,
        });
        if (!isNew) {
          if ((await vault.get(trx, accountId, 'intake')) !== digest) {
            throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
          }
          return;
        }
        const entries = { organisation: body.organisation, contact: body.contact, intake: digest };
        for (const [name, value] of Object.entries(entries)) {
          await vault.put(trx, { subject: accountId, name, accountId, value });
        }
        await insertMessage(trx, {
          id: `api.${subscriptionId(accountId)}`,
          sender: 'api',
          senderMachine: null,
          to: { machine: 'subscription', id: subscriptionId(accountId) },
          start: {
            accountId,
            role,
            edition,
            agreement: { version: agreement.version, textHash: agreement.text_hash },
            terms: resolveTerms(agreement.terms),
            missing,
          },
          tenant: accountId,
          now: now().toISOString(),
        });
      });

      const started = await waitForSequence(deps, subscriptionId(accountId), 1);
      const instance = started ? await findInstance(db, subscriptionId(accountId)) : undefined;
      reply.code(201).header('location', `/accounts/${accountId}`);
      return {
        accountId,
        token,
        state: instance?.words ?? 'Registered; the contract is about to start',
        agreement: { version: agreement.version, textHash: agreement.text_hash },
        missing,
      };
    },
  );

  async function agreementToConfirm(at: string, version: string | undefined): Promise<AgreementVersion> {
    const inEffect = await findAgreementInEffect(db, at);
    if (!inEffect || (version !== undefined && version !== inEffect.version)) {
      throw new Problem('unknown-agreement-version', {
        field: '/agreementVersion',
        detail: inEffect
          ? `The version in effect is ${inEffect.version}.`
          : 'No version of the agreement is in effect yet.',
      });
    }
    return inEffect;
  }
};
