/**
 * Lets a request in, or not, before its body is looked at. A route says `config: { access, command? }`; from that follow
 * the check, the idempotency header, and what the API reference says about both.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { findAccount, findAccountByTokenHash, type Account } from '../../db/accounts.ts';
import { createCredentials, type Access, type Principal } from '../credentials.ts';
import type { Deps } from '../deps.ts';
import { IdempotencyHeaders } from '../idempotency.ts';
import { accountErased } from '../erased.ts';
import { errorResponses, Problem, type ProblemSlug } from '../problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may come in; routes without it are public. */
    access?: Access;
    /** It changes something, so it needs an Idempotency-Key. */
    command?: boolean;
  }
  interface FastifyRequest {
    principal: Principal;
    /** The account named in the path, when the caller may see it. */
    account: Account | null;
  }
}

const security: Record<Access, readonly Record<string, string[]>[]> = {
  public: [],
  operator: [{ operator: [] }],
  account: [{ account: [] }],
  either: [{ account: [] }, { operator: [] }],
};

const NOBODY = 'Send `Authorization: Bearer …` with the token of the account, or with the operator key.';
const UNKNOWN =
  'Nobody is known by these credentials: send `Bearer` and the token of a registration or the operator key. Basic is for GET.';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const access = fp(
  async (app: FastifyInstance, { db, options }: Deps) => {
    const credentials = createCredentials(
      options.operatorKey,
      async (hash) => (await findAccountByTokenHash(db, hash))?.id,
    );
    app.decorateRequest('principal');
    app.decorateRequest('account', null);

    app.addHook('onRoute', (route) => {
      const wanted = route.config?.access ?? 'public';
      const ofAccount = route.url.startsWith('/accounts/:accountId');
      const slugs: ProblemSlug[] = [
        ...(wanted === 'public' ? [] : (['unauthorized', 'forbidden'] as const)),
        ...(ofAccount ? (['not-found', 'account-erased'] as const) : []),
        ...(route.config?.command
          ? (['invalid-request', 'idempotency-key-missing', 'idempotency-key-reused'] as const)
          : []),
      ];
      const schema = (route.schema ??= {});
      if (schema.hide) return;
      schema.security = security[wanted];
      if (route.config?.command) schema.headers = IdempotencyHeaders;
      // The route's own list of problems wins where both name a status: it is the longer one.
      schema.response = { ...errorResponses(...slugs), ...(schema.response as object | undefined) };
    });

    app.addHook('onRequest', async (request) => {
      const principal = await credentials.identify(request.headers.authorization, request.method);
      const wanted = request.routeOptions.config.access ?? 'public';
      const { accountId } = (request.params ?? {}) as { accountId?: string };
      const account = accountId !== undefined && UUID.test(accountId) ? await findAccount(db, accountId) : undefined;
      // Whoever still has the id of an erased account learns that it is erased: its credentials are gone with it.
      if (account && account.erased_at !== null) throw await accountErased(db, account);
      if (wanted === 'public') {
        request.principal = principal ?? { kind: 'public' };
        return;
      }
      if (principal === undefined) throw new Problem('unauthorized', { field: 'Authorization', detail: UNKNOWN });
      if (principal.kind === 'public') throw new Problem('unauthorized', { field: 'Authorization', detail: NOBODY });
      request.principal = principal;
      if (wanted === 'operator' && principal.kind !== 'operator') {
        throw new Problem('forbidden', { detail: 'This is the operator’s: use the operator key.' });
      }
      if (accountId === undefined) return;
      // Somebody else's account is not there, rather than forbidden: which ids exist is nobody's business.
      if (!account || (principal.kind === 'account' && principal.accountId !== account.id))
        throw new Problem('not-found');
      if (wanted === 'account' && principal.kind !== 'account') {
        throw new Problem('forbidden', { detail: 'Only the account itself can do this: use its token.' });
      }
      request.account = account;
    });
  },
  { name: 'access' },
);

/** The account of a route whose `config.access` lets only its account or the operator in. */
export function accountOf(request: FastifyRequest): Account {
  if (request.account === null) throw new Error('this route has no account in its path, or lets everybody in');
  return request.account;
}

/** Who sent an event, as contracts and their audit know it. */
export function byOf(request: FastifyRequest): 'user' | 'operator' {
  return request.principal.kind === 'operator' ? 'operator' : 'user';
}
